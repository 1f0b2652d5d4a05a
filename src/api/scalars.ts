// Small field types that several kinds share. Every one is bounded: an object has to fit into etcd, and the cost of a CEL
// rule is estimated from the bounds. Patterns stay within what JavaScript and Go's RE2 read alike.
import { z } from 'zod'
import { withRule } from './rules.ts'

/** RFC 1123 subdomain: what Kubernetes takes as the name of a Secret, ConfigMap or custom resource. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const SUBDOMAIN_LENGTH = 253

/** RFC 1123 label. */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_LENGTH = 63

/** Kubernetes' rule for the keys of Secrets and ConfigMaps. */
const DATA_KEY = /^[-._a-zA-Z0-9]+$/
const DATA_KEY_LENGTH = 253

/** Visible ASCII with inner spaces only: what may stand in an HTTP header without being changed on the way. */
const HEADER_VALUE = /^[!-~]([ -~]*[!-~])?$/

/** Long enough for any API's base URL; short enough for a printer column and the cost of a CEL rule. */
const URL_LENGTH = 512

/** A DNS name, IPv4 address or bracketed IPv6 address, and perhaps a port. No user: a password in a URL would be seen. */
const AUTHORITY = '([A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?'
/** Visible ASCII but for `?` and `#`. */
const PATH = '(/[!-"$->@-~]*)?'

/** UIDs are UUIDs of 36 characters today; Kubernetes promises no form. */
const UID_LENGTH = 128

/** A non-empty text of at most `max` characters. */
export function text(max: number): z.ZodString {
  return z.string().min(1).max(max)
}

/** The name of an object. */
export function objectName(): z.ZodString {
  return text(SUBDOMAIN_LENGTH).regex(SUBDOMAIN)
}

/** A key of a Secret's or ConfigMap's `data`. */
export function dataKey(): z.ZodString {
  return text(DATA_KEY_LENGTH).regex(DATA_KEY)
}

/** A DNS label. */
export function label(): z.ZodString {
  return text(LABEL_LENGTH).regex(LABEL)
}

/** An object's UID. */
export function objectUid(): z.ZodString {
  return text(UID_LENGTH)
}

/** A text that is sent in an HTTP header. */
export function headerValue(max: number): z.ZodString {
  return text(max).regex(HEADER_VALUE)
}

/** RFC 3339 date and time, any offset. */
export function dateTime(): z.ZodISODateTime {
  return z.iso.datetime({ offset: true })
}

/** A whole URL of host, port and path. `schemes` is a piece of a pattern: `https` or `https?`. */
export function url(schemes: 'https' | 'https?'): z.ZodString {
  const whole = `^${schemes}://${AUTHORITY}${PATH}$`
  return withRule(text(URL_LENGTH).regex(new RegExp(`^${schemes}://`)), {
    rule: `self.matches(r'${whole}')`,
    message: 'must be a host, with a port and a path where needed, without user, query or fragment',
    holds: (value) => new RegExp(whole).test(value),
  })
}
