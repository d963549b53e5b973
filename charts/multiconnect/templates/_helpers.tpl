{{/* Names leave room for what Kubernetes adds to a Pod's, which is also the node's name: 63 characters at most. */}}
{{- define "multiconnect.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $own := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $own .Values.fullnameOverride | trunc 36 | trimSuffix "-" -}}
{{- end -}}

{{- define "multiconnect.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "multiconnect.labels" -}}
{{ include "multiconnect.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Takes (list $ "coreapp"). */}}
{{- define "multiconnect.componentLabels" -}}
{{ include "multiconnect.selectorLabels" (first .) }}
app.kubernetes.io/component: {{ last . }}
{{- end -}}

{{- define "multiconnect.serviceAccountName" -}}
{{- $own := ternary (include "multiconnect.fullname" .) "default" .Values.serviceAccount.create -}}
{{- default $own .Values.serviceAccount.name -}}
{{- end -}}

{{/* Takes (list $ .Values.coreapp.image). */}}
{{- define "multiconnect.image" -}}
{{- $root := first . -}}
{{- $image := last . -}}
{{- with $root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default $root.Chart.AppVersion $root.Values.image.tag }}{{ end -}}
{{- end -}}

{{- define "multiconnect.coreapps" -}}
{{- default (add .Values.coreapp.shards .Values.coreapp.spares) .Values.coreapp.replicas -}}
{{- end -}}

{{- define "multiconnect.registryUrl" -}}
{{- if .Values.registry.enabled -}}
http://{{ include "multiconnect.fullname" . }}-registry:{{ .Values.registry.port }}
{{- else -}}
{{ .Values.registry.externalUrl }}
{{- end -}}
{{- end -}}

{{- define "multiconnect.mediaClaim" -}}
{{- default (printf "%s-media" (include "multiconnect.fullname" .)) .Values.persistence.media.existingClaim -}}
{{- end -}}
