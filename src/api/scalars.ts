// Small field types that several kinds share. Every one is bounded: an object has to fit into etcd, and the cost of a CEL
// rule is estimated from the bounds. Patterns stay within what JavaScript and Go's RE2 read alike.
import { z } from 'zod'
import { withRule } from './rules.ts'

/** RFC 1123 subdomain. Lower case, without a final dot: one spelling, so that there is one way to compare. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const SUBDOMAIN_LENGTH = 253

/** RFC 1123 label. */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_LENGTH = 63

/** Kubernetes' rule for the keys of Secrets and ConfigMaps. */
const DATA_KEY = /^[-._a-zA-Z0-9]+$/
const DATA_KEY_LENGTH = 253

/** Visible ASCII with inner spaces only: nobody on the way changes it, and everybody can show it. */
const VISIBLE = /^[!-~]([ -~]*[!-~])?$/

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

/** A DNS subdomain. */
export function subdomain(): z.ZodString {
  return text(SUBDOMAIN_LENGTH).regex(SUBDOMAIN)
}

/** The name of an object: a Secret, a ConfigMap, a custom resource. */
export function objectName(): z.ZodString {
  return subdomain()
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

/** A text that may stand in an HTTP header, or in a field that people read elsewhere. */
export function visibleText(max: number): z.ZodString {
  return text(max).regex(VISIBLE)
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
