import type {
  DateTimeValue,
  HsmPayload,
  LocalizableParam,
  TemplateMessageButton,
  TemplateParameter,
  TemplatePayload,
} from '@multiconnect/contract';

/** What is asked for, in either form of message. */
export interface TemplateRequest {
  /** `hsm` takes templates of a body only. */
  readonly kind: 'template' | 'hsm';
  readonly namespace: string | undefined;
  readonly name: string;
  readonly policy: 'deterministic' | 'fallback';
  readonly language: string;
  readonly header: readonly TemplateParameter[];
  readonly body: readonly TemplateParameter[];
  readonly buttons: readonly TemplateMessageButton[];
}

export function requestOfTemplate({ namespace, name, language, components }: TemplatePayload): TemplateRequest {
  const valuesOf = (type: 'header' | 'body') => components.find((each) => each.type === type)?.parameters ?? [];
  return {
    kind: 'template',
    namespace,
    name,
    policy: language.policy,
    language: language.code,
    header: valuesOf('header') as readonly TemplateParameter[],
    body: valuesOf('body') as readonly TemplateParameter[],
    buttons: components.filter((each) => each.type === 'button'),
  };
}

function dateTimeOf(date: NonNullable<LocalizableParam['date_time']>, fallback: string): DateTimeValue {
  return { fallback_value: fallback, ...('component' in date ? date.component : { timestamp: date.unix_epoch.timestamp }) };
}

function parameterOf(param: LocalizableParam): TemplateParameter {
  const { default: fallback, currency, date_time: date } = param;
  if (currency) {
    return { type: 'currency', currency: { fallback_value: fallback, code: currency.currency_code, amount_1000: currency.amount_1000 } };
  }
  return date ? { type: 'date_time', date_time: dateTimeOf(date, fallback) } : { type: 'text', text: fallback };
}

export function requestOfHsm({ namespace, element_name, language, localizable_params }: HsmPayload): TemplateRequest {
  return {
    kind: 'hsm',
    namespace,
    name: element_name,
    policy: language.policy,
    language: language.code,
    header: [],
    body: localizable_params.map(parameterOf),
    buttons: [],
  };
}
