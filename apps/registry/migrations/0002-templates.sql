-- Message templates: what businesses submitted, and the language packs that gateways fetch.

-- A business's templates live in a namespace of its own. Whoever knows a namespace can read its approved templates.
CREATE TABLE template_namespace (
  namespace          text PRIMARY KEY,
  number             text NOT NULL UNIQUE,        -- E.164 digits
  created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE template (
  namespace          text NOT NULL REFERENCES template_namespace (namespace),
  name               text NOT NULL,
  language           text NOT NULL,
  category           text NOT NULL,
  components         json NOT NULL,
  status             text NOT NULL CHECK (status IN ('submitted', 'approved', 'rejected')),
  rejected_reason    text,                        -- of rejected ones only
  changed_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (namespace, name, language)
);
CREATE INDEX template_submitted ON template (changed_at) WHERE status = 'submitted';

-- A language of a namespace that ever had an approved template. Rows stay, so that versions only grow.
CREATE TABLE language_pack (
  namespace          text NOT NULL REFERENCES template_namespace (namespace),
  language           text NOT NULL,
  version            bigint NOT NULL,             -- the counter's value at the last change
  PRIMARY KEY (namespace, language)
);

-- Counts changes of packs. INVARIANT: its row is locked until the change commits, so versions become visible in their order.
CREATE TABLE template_change (
  only_row           boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version            bigint NOT NULL
);
INSERT INTO template_change (version) VALUES (0);
