{{/* Takes a dict: root, component, values (of the component), image, replicas (absent: chosen by an autoscaler), ports, graceSeconds. */}}
{{- define "multiconnect.deployment" -}}
{{- $root := .root -}}
{{- $labels := include "multiconnect.componentLabels" (list $root .component) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "multiconnect.fullname" $root }}-{{ .component }}
  labels:
    {{- include "multiconnect.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  {{- if hasKey . "replicas" }}
  replicas: {{ .replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  minReadySeconds: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      {{- if eq .values.antiAffinity "hard" }}
      # A Pod more than there are would find no node where each has one.
      maxSurge: 0
      maxUnavailable: 1
      {{- else }}
      maxSurge: 1
      maxUnavailable: 0
      {{- end }}
  selector:
    matchLabels:
      {{- $labels | nindent 6 }}
  template:
    metadata:
      labels:
        {{- toYaml (merge (fromYaml $labels) .values.podLabels $root.Values.commonLabels) | nindent 8 }}
      {{- with .values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "multiconnect.podSecurity" (list $root (include "multiconnect.serviceAccountName" $root)) | nindent 6 }}
      terminationGracePeriodSeconds: {{ .graceSeconds }}
      {{- with .values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with .values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      tolerations:
        {{- range list "not-ready" "unreachable" }}
        - key: node.kubernetes.io/{{ . }}
          operator: Exists
          effect: NoExecute
          tolerationSeconds: {{ $root.Values.failedNodeTolerationSeconds }}
        {{- end }}
        {{- with .values.tolerations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with include "multiconnect.affinity" (list .values $labels) | fromYaml }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        {{- if .values.topologySpreadConstraints }}
        {{- toYaml .values.topologySpreadConstraints | nindent 8 }}
        {{- else }}
        {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- $labels | nindent 14 }}
        {{- end }}
        {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ include "multiconnect.image" (list $root .image) | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          securityContext:
            {{- toYaml $root.Values.securityContext | nindent 12 }}
          env:
            {{- include (printf "multiconnect.env.%s" .component) $root | nindent 12 }}
            {{- with .values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          ports:
            {{- toYaml .ports | nindent 12 }}
            - name: metrics
              containerPort: {{ $root.Values.metricsPort }}
          {{- with $root.Values.probes }}
          startupProbe:
            httpGet: { path: /healthz, port: metrics }
            {{- toYaml .startup | nindent 12 }}
          livenessProbe:
            httpGet: { path: /healthz, port: metrics }
            {{- toYaml .liveness | nindent 12 }}
          readinessProbe:
            httpGet: { path: /readyz, port: metrics }
            {{- toYaml .readiness | nindent 12 }}
          {{- end }}
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            {{- include "multiconnect.volumeMounts" (list $root .component) | nindent 12 }}
            {{- with .values.extraVolumeMounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
      volumes:
        {{- include "multiconnect.volumes" (list $root .component) | nindent 8 }}
        {{- with .values.extraVolumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
{{- end -}}

{{/*
Takes (list $ "service account"). Without enableServiceLinks: false, a Service named multiconnect-registry would set MULTICONNECT_REGISTRY_PORT
to tcp://… in every container of the namespace.
*/}}
{{- define "multiconnect.podSecurity" -}}
{{- $root := first . -}}
serviceAccountName: {{ last . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- toYaml $root.Values.podSecurityContext | nindent 2 }}
{{- end -}}

{{/* Takes (list .Values.coreapp "labels"). */}}
{{- define "multiconnect.affinity" -}}
{{- $values := first . -}}
{{- $own := dict -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (last . | fromYaml)) -}}
{{- if eq $values.antiAffinity "hard" -}}
{{- $own = dict "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $term)) -}}
{{- else if eq $values.antiAffinity "soft" -}}
{{- $own = dict "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 100 "podAffinityTerm" $term))) -}}
{{- end -}}
{{- toYaml (mergeOverwrite $own $values.affinity) -}}
{{- end -}}

{{/* Takes (list $ "coreapp" .Values.coreapp). */}}
{{- define "multiconnect.podDisruptionBudget" -}}
{{- $root := first . -}}
{{- $component := index . 1 -}}
{{- with (last .).podDisruptionBudget }}
{{- if .enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "multiconnect.fullname" $root }}-{{ $component }}
  labels:
    {{- include "multiconnect.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $component }}
spec:
  maxUnavailable: {{ .maxUnavailable }}
  {{- if semverCompare ">=1.27.0-0" $root.Capabilities.KubeVersion.Version }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  {{- end }}
  selector:
    matchLabels:
      {{- include "multiconnect.componentLabels" (list $root $component) | nindent 6 }}
{{- end }}
{{- end }}
{{- end -}}
