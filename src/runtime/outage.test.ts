import { describe, expect, it } from 'vitest'
import { CONFIG_MAPS } from '../../test/support/config-maps.ts'
import { KubeError } from '../kube/errors.ts'
import { Outage } from './outage.ts'

const failure = (status: number) =>
  new KubeError({ status, reason: 'X', message: String(Math.random()), answered: true })

describe('Outage', () => {
  it('tells each kind of failure once, and its end', () => {
    const lines: string[] = []
    const tell = (_fields: unknown, message: string) => lines.push(message)
    const outage = new Outage({ log: { info: tell, warn: tell }, resource: CONFIG_MAPS })
    outage.works('list')
    for (const status of [500, 500, 403, 403]) outage.failed('list', failure(status))
    outage.works('watch')
    expect(lines).toEqual(['list of configmaps failed, trying again', 'list of configmaps failed, trying again'])
    outage.works('list')
    outage.works('list')
    outage.failed('watch', failure(403))
    expect(lines.slice(2)).toEqual(['list of configmaps works again', 'watch of configmaps failed, trying again'])
  })
})
