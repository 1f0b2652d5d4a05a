// What operators do to each other's orders: leaders that were paused, writes that arrive late, and other operators in the same
// cluster and at the same tenant.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Actor, type Stage, setStage } from '../../matrix/stage.ts'
import type { Call } from '../../support/intercepting-proxy.ts'
import { createCsr } from '../../support/pki.ts'
import { LEADS, logged } from './own-release.ts'
import { LONG_LEASE_SECONDS, type Place, type Scene, setScene, TIME_SCALE } from './scene.ts'
import { createTable } from './told.ts'

const table = createTable()
let scene: Scene
/** Another release, with an admission policy of its own. */
let elsewhere: Stage
let other: Actor
beforeAll(async () => {
  const [stage, second] = await Promise.all([setStage(), setStage()])
  elsewhere = second
  scene = await setScene(stage, { tenants: 6, operatorClass: stage.release })
  const { allowedHost } = scene
  const leaseSeconds = LONG_LEASE_SECONDS
  other = await elsewhere.operator({
    operatorClass: elsewhere.release,
    allowedHost,
    timeScale: TIME_SCALE,
    leaseSeconds,
  })
})
afterAll(async () => {
  table.print()
  await scene[Symbol.asyncDispose]()
  await scene.stage[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  await elsewhere[Symbol.asyncDispose]()
})

const ISSUED = { orders: 1, end: 'Issued' }
const TWICE = { orders: 2, end: 'Issued' }
const isRecordCreation = ({ method, path }: Call): boolean => method === 'POST' && path.endsWith('/certificateorders')
const isEnrolment = ({ method, path }: Call): boolean => method === 'POST' && path.endsWith('/enroll')

describe.concurrent('a leader that is paused, and resumed after the other one re-submitted', () => {
  const operatorClass = 'paused'
  const settings = { operatorClass, timeScale: TIME_SCALE }
  const actors = new AsyncDisposableStack()
  let leader: Actor
  let beforePost: Place
  let underWay: Place
  beforeAll(async () => {
    const { allowedHost, stage } = scene
    leader = actors.use(await stage.operator({ ...settings, allowedHost }))
    await logged(leader.operator, LEADS)
    const device = { product: 'device', operatorClass } as const
    beforePost = await scene.place('before-post', device)
    underWay = await scene.place('under-way', device)
    actors.use(await stage.operator({ ...settings, allowedHost }))

    const post = underWay.tenant.scm.hold(isEnrolment)
    await underWay.ask()
    const heldPost = await post
    const creation = leader.apiServer.hold(isRecordCreation)
    await beforePost.ask()
    const heldCreation = await creation
    process.kill(leader.operator.pid, 'SIGSTOP')
    expect(await heldCreation.release()).toBe(201)
    await Promise.all([beforePost.ends(), underWay.ends()])
    expect(await heldPost.release()).toBe(200)
    process.kill(leader.operator.pid, 'SIGCONT')
    // It must find out that it leads no more.
    expect(await leader.operator.exitCode).toBe(1)
  })
  afterAll(() => actors.disposeAsync())

  it('between record and POST: it sends nothing', async () => {
    await table.tell('leader paused between record and POST, resumed after the re-submission', beforePost, ISSUED)
    expect((await beforePost.record())?.status?.attempts).toMatchObject([{ number: 2, outcome: 'Accepted' }])
  })

  it('with its POST under way, which then arrives: it names the second order', async () => {
    const [first, second] = await underWay.orders()
    const [note] = await underWay.events('OrderedTwice')
    expect(note).toContain(`Order ${first?.id} is on record, but the CA also has ${second?.id}`)
    await table.tell('leader paused with its POST under way, stored after the re-submission (named)', underWay, TWICE)
  })
})

describe.concurrent('a request that is deleted and made again under its name', () => {
  it('gets nothing of what was written for the first one, however late that arrives', async () => {
    await using place = await scene.place('again')
    const isReport = ({ method, path, body }: Call): boolean =>
      method === 'PATCH' && path.includes(`/${place.namespace}/`) && body.includes('"Issued"') && body.includes('"ca"')
    const report = scene.actor.apiServer.hold(isReport)
    const first = await place.ask()
    const held = await report
    await place.deleteRequest()
    const second = await place.ask()
    expect(second.metadata.uid).not.toBe(first.metadata.uid)
    expect(await held.release()).toBe(409)
    await place.ends()
    await table.tell('request made again, with a late status write for the first one', place, {
      orders: 2,
      end: 'Issued',
    })
    expect((await place.records()).map(({ status }) => status?.phase)).toEqual(['Issued', 'Issued'])
  })
})

describe.concurrent('another operator', () => {
  it('of another class, with an issuer of the same name, login and CSR: both keep to their own', async () => {
    const tenant = scene.tenant()
    const dnsName = 'twice.acme.example'
    await using ours = await scene.place('ours', { tenant, dnsName })
    await using theirs = await scene.place('theirs', { tenant, dnsName, operatorClass: elsewhere.release })
    await tenant.control.addFault({ match: { path: '/api/ssl/v1/enroll' }, times: 2, cut: 'afterStoring' })
    const csr = (await createCsr({ commonName: dnsName, dns: [dnsName] })).pem
    await Promise.all([ours.ask({ csr }), theirs.ask({ csr })])
    await Promise.all([ours.ends(), theirs.ends()])
    await table.tell('two operator classes, same issuer name, login and CSR: one of them', ours, {
      orders: 2,
      end: 'Issued',
    })
    await table.tell('two operator classes, same issuer name, login and CSR: the other', theirs, {
      orders: 2,
      end: 'Issued',
    })
    const records = [await ours.record(), await theirs.record()]
    expect(records.map((record) => record?.spec.operatorClass)).toEqual([scene.operatorClass, elsewhere.release])
    const ids = records.map((record) => record?.status?.remote?.id)
    expect(ids.toSorted()).toEqual((await ours.orders()).map(({ id }) => String(id)).toSorted())
    expect(new Set(ids).size).toBe(2)
    expect(other.operator.logs().filter((line) => line.includes(ours.namespace))).toEqual([])
  })

  it('that an issuer is given to leaves the orders alone that were made before', async () => {
    await using place = await scene.place('handed-over')
    const { tenant } = place
    await tenant.control.patchSettings({ approval: 'manual' })
    await place.ask()
    await place.pends('waiting for approval')
    await place.editIssuer({ operatorClass: elsewhere.release })
    await place.pends('IssuerMoved')
    await tenant.control.approve((await place.stored()).id)
    await table.tell('issuer given to another operator class', place, { orders: 1, end: 'Pending IssuerMoved' })
    await place.editIssuer({ operatorClass: scene.operatorClass })
    await place.ends()
    await table.tell('issuer given to another operator class, and back', place, ISSUED)
  })
})
