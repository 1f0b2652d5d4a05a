// Who may ask an issuer for what, and what a request may choose itself. Shared by every kind of issuer: the author of a
// request is not the owner of the issuer.
import { z } from 'zod'
import { boundedMap, withRule } from './rules.ts'
import { subdomain, text } from './scalars.ts'

/** Kubernetes' rules for labels: an optional DNS subdomain and a slash, then a name. */
const LABEL_KEY =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const LABEL_KEY_LENGTH = 317
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/
const LABEL_VALUE_LENGTH = 63
/** A selector that needs more is a list of names. */
const MOST_REQUIREMENTS = 16
/** Room for a list of namespaces by their names. */
const MOST_LABEL_VALUES = 64

const MOST_ZONES = 256

const labelValue = () => z.string().max(LABEL_VALUE_LENGTH).regex(LABEL_VALUE)

const requirement = withRule(
  z.object({
    key: text(LABEL_KEY_LENGTH).regex(LABEL_KEY).describe('The label.'),
    operator: z
      .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
      .describe('In, NotIn: its value is, or is not, one of values. Exists, DoesNotExist: the label is there, or not.'),
    values: z
      .array(labelValue())
      .max(MOST_LABEL_VALUES)
      .exactOptional()
      .describe('For In and NotIn, and only for them.'),
  }),
  {
    rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
    message: 'values are set for In and NotIn, and only for them',
    holds: ({ operator, values = [] }) => (operator === 'In' || operator === 'NotIn') === values.length > 0,
  },
)

/** metav1.LabelSelector. A key that no label can have needs no rule: it selects nothing. */
const labelSelector = z.object({
  matchLabels: boundedMap(labelValue(), { entries: MOST_REQUIREMENTS })
    .exactOptional()
    .describe('Labels that a namespace must have, each with this value.'),
  matchExpressions: z
    .array(requirement)
    .max(MOST_REQUIREMENTS)
    .exactOptional()
    .describe('Requirements that a namespace must meet, all of them.'),
})

/** Who may ask for what. */
export const allow = z.object({
  namespaceSelector: labelSelector
    .exactOptional()
    .describe(
      'Only requests of namespaces with such labels are served. Without it, or empty: of all namespaces. Whoever may label a namespace decides; kubernetes.io/metadata.name is set by the API server.',
    ),
  dnsZones: z
    .array(subdomain())
    .min(1)
    .max(MOST_ZONES)
    .exactOptional()
    .describe(
      'Only names in these DNS zones are ordered: each zone itself and what ends with a dot and it, wildcards included. It holds for DNS names, the common name, and the domains of mail addresses and URIs; IP addresses are in no zone. Lower case, IDNs as xn--.',
    ),
})

/** What annotations of a request may set, of what the kind has in `fields`. */
export const overrides = <const Field extends string>(fields: readonly [Field, ...Field[]]) =>
  z.object({
    allow: z
      .array(z.enum(fields))
      .max(fields.length)
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe('What they may set. Empty: nothing.'),
  })
