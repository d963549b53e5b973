export interface EjabberdConfig {
  readonly domain: string;
  readonly ports: EjabberdPorts;
  readonly certificateFile: string;
  readonly databaseFile: string;
  readonly uploadDir: string;
  /** The address to listen on. */
  readonly listenAt: string;
  /** Who may call /api. */
  readonly apiNetworks: readonly string[];
}

export interface EjabberdPorts {
  /** c2s, STARTTLS required. */
  readonly starttls: number;
  /** c2s, TLS from the first byte (XEP-0368). */
  readonly directTls: number;
  /** /api and /upload, plain HTTP on loopback. */
  readonly http: number;
}

/** YAML reads JSON: a quoted JSON string is a safe YAML scalar. */
const quoted = (text: string): string => JSON.stringify(text);

/** More than one burst of a phone fleet, all dialling at once; the default of 5 resets the rest. */
const backlog = 1024;

/** The largest file that the API takes (100 MB), and what encryption adds to it. */
const maxUploadBytes = 104_857_600 + 16;

/**
 * ejabberd.yml: everything that lasts lives in SQL (the default store slows to 17 messages a second once a few thousand
 * wait offline), no limit of rate, no talk to other servers, accounts through /api from the given networks only.
 */
export const ejabberdYaml = (config: EjabberdConfig): string => `
hosts: [${quoted(config.domain)}]
loglevel: info
hide_sensitive_log_data: true
certfiles: [${quoted(config.certificateFile)}]
default_db: sql
sql_type: sqlite
sql_database: ${quoted(config.databaseFile)}
auth_method: [sql]
auth_password_format: scram
disable_sasl_mechanisms: [X-OAUTH2]
s2s_access: none
registration_timeout: infinity

acl:
  account_makers:
    ip: [${config.apiNetworks.map(quoted).join(', ')}]
access_rules:
  account_makers:
    allow: account_makers
api_permissions:
  "accounts":
    from: mod_http_api
    who:
      access: account_makers
    what: "*"
shaper_rules:
  max_user_sessions: 100
  max_user_offline_messages: 1000000

listen:
  - port: ${config.ports.starttls}
    ip: ${quoted(config.listenAt)}
    module: ejabberd_c2s
    starttls: true
    starttls_required: true
    backlog: ${backlog}
    max_stanza_size: 262144
    max_fsm_queue: 100000
    shaper: none
  - port: ${config.ports.directTls}
    ip: ${quoted(config.listenAt)}
    module: ejabberd_c2s
    tls: true
    backlog: ${backlog}
    max_stanza_size: 262144
    max_fsm_queue: 100000
    shaper: none
  - port: ${config.ports.http}
    ip: ${quoted(config.listenAt)}
    module: ejabberd_http
    backlog: ${backlog}
    request_handlers:
      /api: mod_http_api
      /upload: mod_http_upload

modules:
  mod_admin_extra: {}
  mod_blocking: {}
  mod_caps: {}
  mod_disco: {}
  mod_http_api: {}
  mod_http_upload:
    docroot: ${quoted(config.uploadDir)}
    put_url: "http://127.0.0.1:${config.ports.http}/upload"
    access: all
    max_size: ${maxUploadBytes}
  mod_offline:
    db_type: sql
    access_max_user_messages: max_user_offline_messages
  mod_ping: {}
  mod_privacy:
    db_type: sql
  mod_roster:
    db_type: sql
  mod_vcard:
    db_type: sql
  mod_stream_mgmt:
    resend_on_timeout: true
    resume_timeout: 60
    max_ack_queue: 50000
  mod_pubsub:
    db_type: sql
    plugins: [flat, pep]
    force_node_config:
      "eu.siacs.conversations.axolotl.*":
        access_model: open
`;
