// The operator on the host is only a fair stand-in for a Pod when it runs what the Pod would.
import { describe, expect, it } from 'vitest'
import { Deployment, hostCommand } from './deployment-command.ts'

const deployment = (container: object): Deployment =>
  Deployment.parse({
    metadata: { name: 'certwright', namespace: 'issuers' },
    spec: { template: { spec: { serviceAccountName: 'account', containers: [{ name: 'certwright', ...container }] } } },
  })

describe('hostCommand', () => {
  it('keeps what the Deployment says', () => {
    const { args, env } = hostCommand(
      deployment({ args: ['--workers=4'], env: [{ name: 'A', value: 'b' }] }),
      'pod',
      [],
    )
    expect(args).toEqual(['--workers=4'])
    expect(env).toEqual({ HOSTNAME: 'pod', A: 'b' })
  })

  it('replaces arguments by name, however they are written', () => {
    const args = ['--health-address', ':8081', '--allowed-hosts=a', '--workers=4', '--allowed-hosts=b']
    expect(hostCommand(deployment({ args }), 'pod', ['--health-address=:1', '--allowed-hosts=c']).args).toEqual([
      '--workers=4',
      '--health-address=:1',
      '--allowed-hosts=c',
    ])
  })

  it('resolves the fields of the Pod and references to them', () => {
    const env = [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } },
      { name: 'BOTH', value: '$(NAMESPACE)/$(POD_NAME)/$(UNKNOWN)' },
    ]
    const command = hostCommand(deployment({ args: ['--where=$(NAMESPACE)'], env }), 'pod-1', [])
    expect(command.env).toMatchObject({ POD_NAME: 'pod-1', NAMESPACE: 'issuers', BOTH: 'issuers/pod-1/$(UNKNOWN)' })
    expect(command.args).toEqual(['--where=issuers'])
  })

  it('refuses what it cannot know', () => {
    const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }]
    expect(() => hostCommand(deployment({ env }), 'pod', [])).toThrow('PASSWORD')
  })
})
