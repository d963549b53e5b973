{{/* Takes (list .Values.postgresql "postgres"): the source of a database's secret in a projected volume. */}}
{{- define "multiconnect.source.postgresql" -}}
{{- with first . -}}
- secret:
    name: {{ .existingSecret }}
    items:
      {{- if .urlKey }}
      - key: {{ .urlKey }}
        path: {{ last $ }}-url
      {{- else }}
      - key: {{ .passwordKey }}
        path: {{ last $ }}-password
      {{- end }}
{{- end }}
{{- end -}}

{{- define "multiconnect.sources.node" -}}
{{ include "multiconnect.source.postgresql" (list .Values.postgresql "postgres") }}
{{- if .Values.redis.existingSecret }}
- secret:
    name: {{ .Values.redis.existingSecret }}
    items:
      - key: {{ .Values.redis.urlKey }}
        path: redis-url
{{- end }}
- secret:
    name: {{ .Values.secrets.existingSecret }}
    items:
      - key: {{ .Values.secrets.keys.sealKey }}
        path: seal-key
      - key: {{ .Values.secrets.keys.clusterSecret }}
        path: cluster-secret
{{- end -}}

{{- define "multiconnect.sources.coreapp" -}}
{{ include "multiconnect.sources.node" . }}
{{- end -}}

{{- define "multiconnect.sources.master" -}}
{{ include "multiconnect.sources.node" . }}
{{- end -}}

{{- define "multiconnect.sources.webapp" -}}
{{ include "multiconnect.sources.node" . }}
      - key: {{ .Values.secrets.keys.jwtKey }}
        path: jwt-key
      {{- with .Values.secrets.keys.apiKey }}
      - key: {{ . }}
        path: api-key
      {{- end }}
{{- end -}}

{{- define "multiconnect.sources.registry" -}}
{{ include "multiconnect.source.postgresql" (list .Values.registry.postgresql "postgres") }}
- secret:
    name: {{ .Values.registry.existingSecret }}
    items:
      - key: {{ .Values.registry.operatorTokenKey }}
        path: operator-token
{{- end -}}

{{- define "multiconnect.sources.migration" -}}
{{ include "multiconnect.source.postgresql" (list .Values.postgresql "postgres") }}
{{- end -}}

{{/* Takes (list $ "coreapp"). */}}
{{- define "multiconnect.volumes" -}}
{{- $root := first . -}}
{{- $component := last . -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- include (printf "multiconnect.sources.%s" $component) $root | nindent 6 }}
- name: tmp
  emptyDir: {}
{{- if has $component (list "webapp" "coreapp") }}
- name: media
  {{- if $root.Values.persistence.media.enabled }}
  persistentVolumeClaim:
    claimName: {{ include "multiconnect.mediaClaim" $root }}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- end }}
{{- if has $component (list "coreapp" "master") }}
- name: data
  emptyDir: {}
{{- with $root.Values.xmpp.ca }}
{{- if .existingConfigMap }}
- name: xmpp-ca
  configMap:
    name: {{ .existingConfigMap }}
    items:
      - key: {{ .key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Takes (list $ "coreapp"). */}}
{{- define "multiconnect.volumeMounts" -}}
{{- $root := first . -}}
{{- $component := last . -}}
- name: secrets
  mountPath: {{ include "multiconnect.secretsDir" $root }}
  readOnly: true
- name: tmp
  mountPath: /tmp
{{- if has $component (list "webapp" "coreapp") }}
- name: media
  mountPath: /var/lib/multiconnect/media
{{- end }}
{{- if has $component (list "coreapp" "master") }}
- name: data
  mountPath: /var/lib/multiconnect/data
{{- if $root.Values.xmpp.ca.existingConfigMap }}
- name: xmpp-ca
  mountPath: /etc/multiconnect/xmpp
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}
