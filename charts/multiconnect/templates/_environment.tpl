{{/*
Variables of the containers, as libs/config reads them. Whatever is secret is a file below /etc/multiconnect/secrets.
*/}}
{{- define "multiconnect.secretsDir" -}}/etc/multiconnect/secrets{{- end -}}

{{- define "multiconnect.env.process" -}}
- name: MULTICONNECT_NODE_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: MULTICONNECT_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
{{- end -}}

{{- define "multiconnect.env.observed" -}}
{{ include "multiconnect.env.process" . }}
- name: MULTICONNECT_METRICS_HOST
  value: {{ .Values.listenAddress | quote }}
- name: MULTICONNECT_METRICS_PORT
  value: {{ .Values.metricsPort | quote }}
{{- with .Values.otel }}
{{- if .endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
- name: OTEL_EXPORTER_OTLP_PROTOCOL
  value: {{ .protocol | quote }}
- name: OTEL_TRACES_SAMPLER
  value: {{ .sampler | quote }}
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ .samplerArg | quote }}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: {{ printf "k8s.namespace.name=%s" $.Release.Namespace | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Takes (list $ "MULTICONNECT_POSTGRES" .Values.postgresql "postgres"). */}}
{{- define "multiconnect.env.postgresql" -}}
{{- $prefix := index . 1 -}}
{{- $file := printf "%s/%s" (include "multiconnect.secretsDir" (first .)) (index . 3) -}}
{{- with index . 2 }}
{{- if .urlKey -}}
- name: {{ $prefix }}_URL_FILE
  value: {{ $file }}-url
{{- else -}}
- name: {{ $prefix }}_HOST
  value: {{ .host | quote }}
- name: {{ $prefix }}_PORT
  value: {{ .port | quote }}
- name: {{ $prefix }}_USER
  value: {{ .user | quote }}
- name: {{ $prefix }}_DATABASE
  value: {{ .database | quote }}
- name: {{ $prefix }}_PASSWORD_FILE
  value: {{ $file }}-password
{{- end }}
{{- end }}
{{- end -}}

{{- define "multiconnect.env.member" -}}
{{- $dir := include "multiconnect.secretsDir" . -}}
{{ include "multiconnect.env.observed" . }}
{{ include "multiconnect.env.postgresql" (list . "MULTICONNECT_POSTGRES" .Values.postgresql "postgres") }}
{{- if .Values.redis.existingSecret }}
- name: MULTICONNECT_REDIS_URL_FILE
  value: {{ $dir }}/redis-url
{{- else }}
- name: MULTICONNECT_REDIS_URL
  value: {{ .Values.redis.url | quote }}
{{- end }}
- name: MULTICONNECT_REDIS_PREFIX
  value: {{ .Values.redis.prefix | quote }}
- name: MULTICONNECT_SEAL_KEY_FILE
  value: {{ $dir }}/seal-key
- name: MULTICONNECT_CLUSTER_SECRET_FILE
  value: {{ $dir }}/cluster-secret
- name: MULTICONNECT_REGISTRY_URL
  value: {{ include "multiconnect.registryUrl" . | quote }}
- name: MULTICONNECT_MEDIA_DIR
  value: /var/lib/multiconnect/media
{{- with .Values.allowPrivateAddresses }}
- name: MULTICONNECT_ALLOW_PRIVATE_ADDRESSES
  value: {{ join "," . | quote }}
{{- end }}
{{- end -}}

{{- define "multiconnect.env.node" -}}
{{ include "multiconnect.env.member" . }}
- name: MULTICONNECT_DATA_DIR
  value: /var/lib/multiconnect/data
- name: MULTICONNECT_MIN_FREE_DISK_MB
  value: {{ .Values.minFreeDiskMb | quote }}
- name: MULTICONNECT_RPC_HOST
  value: {{ .Values.listenAddress | quote }}
- name: MULTICONNECT_RPC_PORT
  value: {{ .Values.rpcPort | quote }}
- name: MULTICONNECT_RPC_ADVERTISED_HOST
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
{{- with .Values.xmpp.routes }}
- name: MULTICONNECT_XMPP_ROUTES
  value: {{ join "," . | quote }}
{{- end }}
{{- if .Values.xmpp.ca.existingConfigMap }}
- name: MULTICONNECT_XMPP_CA_FILE
  value: /etc/multiconnect/xmpp/ca.crt
{{- end }}
{{- with .Values.xmpp.trustedOrigins }}
- name: MULTICONNECT_TRUSTED_ORIGINS
  value: {{ join "," . | quote }}
{{- end }}
{{- end -}}

{{- define "multiconnect.env.coreapp" -}}
{{ include "multiconnect.env.node" . }}
{{- end -}}

{{- define "multiconnect.env.master" -}}
- name: WA_MASTER_NODE
  value: '1'
{{ include "multiconnect.env.node" . }}
{{- end -}}

{{- define "multiconnect.env.webapp" -}}
{{- $dir := include "multiconnect.secretsDir" . -}}
{{ include "multiconnect.env.member" . }}
- name: MULTICONNECT_HTTP_HOST
  value: {{ .Values.listenAddress | quote }}
- name: MULTICONNECT_HTTP_PORT
  value: '9090'
- name: MULTICONNECT_JWT_KEY_FILE
  value: {{ $dir }}/jwt-key
{{- if .Values.secrets.keys.apiKey }}
- name: MULTICONNECT_API_KEY_FILE
  value: {{ $dir }}/api-key
{{- end }}
- name: MULTICONNECT_DRAIN_DELAY_MS
  value: {{ mul 1000 .Values.webapp.drainDelaySeconds | quote }}
- name: MULTICONNECT_RATE_LIMIT_MESSAGES
  value: {{ .Values.webapp.messagesRateLimit | quote }}
- name: MULTICONNECT_RATE_LIMIT_OTHERS
  value: {{ .Values.webapp.othersRateLimit | quote }}
- name: MULTICONNECT_MAX_OUTBOUND_BACKLOG
  value: {{ .Values.webapp.maxOutboundBacklog | quote }}
{{- end -}}

{{- define "multiconnect.env.registry" -}}
{{- $dir := include "multiconnect.secretsDir" . -}}
{{ include "multiconnect.env.observed" . }}
{{ include "multiconnect.env.postgresql" (list . "MULTICONNECT_REGISTRY_POSTGRES" .Values.registry.postgresql "postgres") }}
- name: MULTICONNECT_REGISTRY_HOST
  value: {{ .Values.listenAddress | quote }}
- name: MULTICONNECT_REGISTRY_PORT
  value: '8080'
- name: MULTICONNECT_EJABBERD_API_URL
  value: {{ .Values.registry.ejabberdApiUrl | quote }}
- name: MULTICONNECT_XMPP_DOMAIN
  value: {{ .Values.registry.xmppDomain | quote }}
- name: MULTICONNECT_REGISTRY_OPERATOR_TOKEN_FILE
  value: {{ $dir }}/operator-token
{{- if .Values.registry.codeSenderUrl }}
- name: MULTICONNECT_CODE_SENDER
  value: http
- name: MULTICONNECT_CODE_HTTP_URL
  value: {{ .Values.registry.codeSenderUrl | quote }}
{{- else }}
- name: MULTICONNECT_CODE_SENDER
  value: log
- name: MULTICONNECT_CODE_LOG_FILE
  value: /tmp/registration-codes.log
{{- end }}
{{- end -}}

{{- define "multiconnect.env.migration" -}}
- name: WA_DB_UPGRADE
  value: '1'
{{ include "multiconnect.env.process" . }}
{{ include "multiconnect.env.postgresql" (list . "MULTICONNECT_POSTGRES" .Values.postgresql "postgres") }}
{{- end -}}
