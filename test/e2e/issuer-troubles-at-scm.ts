// What can go wrong with an issuer at SCM, or by people who change it or make it again, as data.
import type { Trouble } from './issuer-troubles.ts'
import type { Place } from './troubled-issuers.ts'

const policy = (of: string) => (place: Place) => ({ ssl: { profile: { name: place.profile }, term: { policy: of } } })
const terms =
  (...days: number[]) =>
  (place: Place) =>
    place.profileAtSCM({ terms: days })
const notOffered = ({ profile, orgId }: Place): string =>
  `ProfileNotFound: profile "${profile}" is not offered to organization ${orgId}; offered are `

const noTerm = (place: Place, of: string): string =>
  `Waiting for SectigoIssuer "${place.issuerRef.name}" to be changed: spec.duration: asked are 365 days, the profile offers 199, and the issuer's term policy is ${of}`

const profiles: readonly Trouble[] = [
  {
    title: 'its profile is removed',
    cause: (place) => place.profileAtSCM(undefined),
    issuer: notOffered,
    noticedByRequest: true,
    cure: (place) => place.profileAtSCM({}),
  },
  {
    title: 'its profile is renamed, and it follows',
    cause: (place) => place.profileAtSCM({ name: `Renamed ${place.orgId}` }),
    // Orders go by the profile's id.
    stops: 'nobody',
    cure: async (place) => {
      await place.issuer({ ssl: { profile: { name: place.profile } }, includeCA: false })
      await place.told(notOffered(place))
      await place.issuer({ ssl: { profile: { name: `Renamed ${place.orgId}` } } })
    },
  },
  {
    title: 'its profile has no term left',
    cause: terms(),
    issuer: ({ profile, orgId }) => `ProfileNotFound: profile "${profile}" offers no term to organization ${orgId}`,
    noticedByRequest: true,
    cure: terms(199),
  },
  {
    title: 'its terms go from 365 to 199 and 47 days, and the nearest is taken',
    cause: terms(199),
    requests: () => 'is invalid for this certificate profile. (code -36); correct the term of the issuer',
    stops: 'new',
    cure: terms(47),
  },
  {
    title: 'its terms go from 365 to 199 days, and its policy Exact is given up',
    spec: policy('Exact'),
    cause: terms(199),
    requests: (place) => noTerm(place, 'Exact'),
    stops: 'new',
    cure: (place) => place.issuer(policy('AtMost')(place)),
  },
  {
    title: 'its terms go from 365 to 199 days, as it knows, and its policy Exact is given up',
    spec: policy('Exact'),
    async cause(place) {
      await terms(199)(place)
      await place.issuer({ includeCA: false })
      await place.told('(terms of 199 days)')
    },
    requests: (place) => noTerm(place, 'Exact'),
    stops: 'new',
    cure: (place) => place.issuer(policy('Nearest')(place)),
  },
  {
    title: 'its terms go from 365 to 199 days, AtLeast finds none, and the term comes back',
    spec: policy('AtLeast'),
    cause: terms(199),
    requests: (place) => noTerm(place, 'AtLeast'),
    stops: 'new',
    async cure(place) {
      await terms(398)(place)
      // Else it is noticed within ten minutes.
      await place.secret({})
    },
  },
]

const organizations: readonly Trouble[] = [
  {
    title: 'the API checkbox of its organization is taken away',
    cause: (place) => place.organization({ sslCertsApiEnabled: false }),
    issuer: ({ orgId }) =>
      `AccessDenied: "Enable Web/REST API" is not ticked in the SSL certificate settings of Organization ${orgId} (${orgId}) in SCM`,
    noticedByRequest: true,
    cure: (place) => place.organization({ sslCertsApiEnabled: true }),
  },
  {
    title: 'its account loses the organization',
    cause: (place) => place.account({ organizations: [] }),
    issuer: ({ orgId }) => `OrganizationNotFound: orgId ${orgId} is no organization or department of this account`,
    noticedByRequest: true,
    cure: (place) => place.account({ organizations: 'all' }),
  },
]

const madeAgain: readonly Trouble[] = [
  {
    title: 'it is deleted, and made again',
    cause: (place) => place.deleteIssuer(),
    requests: () => 'Waiting for SectigoIssuer "scm", which does not exist',
    cure: (place) => place.issuer(),
  },
  {
    title: 'it is deleted, made again for another organization, and pointed back',
    async cause(place) {
      await place.deleteIssuer()
      await place.issuer({ orgId: 8929, ssl: { profile: { name: 'OV SSL 199' } } })
    },
    requests: () =>
      'IssuerMoved: this order was made with another organization, profile than SectigoIssuer "scm" has now',
    stops: 'open',
    cure: (place) => place.issuer(),
  },
]

export const TROUBLES_AT_SCM: readonly Trouble[] = [...profiles, ...organizations, ...madeAgain]
