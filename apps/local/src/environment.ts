/** The variables that choose the ports of `npm run up`, by what listens there. */
export const portVariables = {
  webapp: 'MULTICONNECT_HTTP_PORT',
  registry: 'MULTICONNECT_REGISTRY_PORT',
  callbackSink: 'MULTICONNECT_LOCAL_CALLBACK_PORT',
  postgres: 'MULTICONNECT_LOCAL_POSTGRES_PORT',
  redis: 'MULTICONNECT_LOCAL_REDIS_PORT',
  xmpp: 'MULTICONNECT_LOCAL_XMPP_PORT',
  xmppDirectTls: 'MULTICONNECT_LOCAL_XMPP_TLS_PORT',
  ejabberdHttp: 'MULTICONNECT_LOCAL_EJABBERD_PORT',
} as const;
