import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createAuthority, createCsr, createTestPki, type TestAuthority, type TestPki } from '../../test/support/pki.ts'
import { type IssuedCertificate, parseCertificates } from './certificate.ts'
import { chainPem, orderChain } from './chain.ts'
import { parseCsr } from './csr.ts'
import { X509Error } from './errors.ts'
import { writePem } from './pem.ts'

let pki: TestPki
let csr: string
let spkiSha256: string
let leaf: string

beforeAll(async () => {
  pki = await createTestPki()
  csr = (await createCsr({ dns: ['shop.example'] })).pem
  spkiSha256 = (await parseCsr(csr)).spkiSha256
  leaf = await pki.intermediate.sign(csr)
})

interface Named {
  readonly leaf: string
  readonly intermediates: readonly string[]
  readonly root?: string
}

/** Orders the bundle and gives PEMs, so that a failed comparison shows which certificate is where. */
const order = (...pems: readonly string[]): Named => {
  const chain = orderChain(parseCertificates(pems.join('')), { spkiSha256 })
  return {
    leaf: chain.leaf.pem,
    intermediates: chain.intermediates.map(({ pem }) => pem),
    ...(chain.root && { root: chain.root.pem }),
  }
}

const codeOf = (...pems: readonly string[]): string => {
  try {
    order(...pems)
  } catch (error) {
    if (error instanceof X509Error) return error.code
    throw error
  }
  return 'none'
}

describe('orderChain', () => {
  it('orders root first, as SCM hands it out, and sets the root apart', () => {
    const { root, intermediate } = pki
    expect(order(root.pem, intermediate.pem, leaf)).toEqual({ leaf, intermediates: [intermediate.pem], root: root.pem })
  })

  it('verifies few signatures of many CAs that have all certified each other', async () => {
    const others = await createAuthority({ name: 'Others' })
    const certify = (one: TestAuthority, issuer: TestAuthority) =>
      Promise.all(Array.from({ length: 10 }, () => createAuthority({ name: one.name, keys: one.keys, issuer })))
    const { intermediate } = pki
    const all = [...(await certify(intermediate, others)), ...(await certify(others, intermediate))]
    const certificates = parseCertificates([leaf, ...all.map(({ pem }) => pem)].join(''))
    const verify = vi.spyOn(X509Certificate.prototype, 'verify')
    expect(orderChain(certificates, { spkiSha256 }).leaf.pem).toBe(leaf)
    // One for each certificate to reach it, and one to see that it has an issuer; of all pairs it would be 210.
    expect(verify.mock.calls.length).toBeLessThanOrEqual(2 * certificates.length)
  })

  it('has no root when the bundle has none', () => {
    expect(order(pki.intermediate.pem, leaf)).toEqual({ leaf, intermediates: [pki.intermediate.pem] })
  })

  it('takes a leaf alone for a chain: an issuer may be known to its users already', () => {
    expect(order(leaf)).toEqual({ leaf, intermediates: [] })
  })

  it('has no intermediates when the root issues by itself', async () => {
    const issued = await pki.root.sign(csr)
    expect(order(pki.root.pem, issued)).toEqual({ leaf: issued, intermediates: [], root: pki.root.pem })
  })

  it('calls a self-signed leaf its own root', async () => {
    const self = await createAuthority({ name: 'Alone' })
    const [certificate] = parseCertificates(self.pem)
    const chain = orderChain(parseCertificates(self.pem), { spkiSha256: certificate?.spkiSha256 ?? '' })
    expect(chain).toEqual({ leaf: certificate, intermediates: [], root: certificate })
  })

  it('ignores duplicates', () => {
    const [first] = parseCertificates(leaf)
    const twice = [first, first].filter((certificate): certificate is IssuedCertificate => certificate !== undefined)
    expect(orderChain(twice, { spkiSha256 }).leaf.pem).toBe(leaf)
  })

  describe('with a cross-signed root', () => {
    it('goes up to the older root when only that is there', () => {
      const { intermediate, crossSignedRoot, oldRoot } = pki
      expect(order(oldRoot.pem, crossSignedRoot.pem, intermediate.pem, leaf)).toEqual({
        leaf,
        intermediates: [intermediate.pem, crossSignedRoot.pem],
        root: oldRoot.pem,
      })
    })

    it('keeps the cross certificate at the top when no root is there', () => {
      const { intermediate, crossSignedRoot } = pki
      expect(order(crossSignedRoot.pem, intermediate.pem, leaf)).toEqual({
        leaf,
        intermediates: [intermediate.pem, crossSignedRoot.pem],
      })
    })

    it('takes the shorter way when both roots are there', () => {
      const { root, oldRoot, intermediate, crossSignedRoot } = pki
      expect(order(oldRoot.pem, crossSignedRoot.pem, root.pem, intermediate.pem, leaf)).toEqual({
        leaf,
        intermediates: [intermediate.pem],
        root: root.pem,
      })
    })

    it('prefers a longer way to a root to a shorter way to nothing', async () => {
      const { root, intermediate } = pki
      const elsewhere = await createAuthority({ name: 'Elsewhere' })
      const policy = await createAuthority({ name: 'Policy CA', issuer: root })
      const viaPolicy = await createAuthority({ name: intermediate.name, keys: intermediate.keys, issuer: policy })
      const open = await createAuthority({ name: intermediate.name, keys: intermediate.keys, issuer: elsewhere })
      expect(order(open.pem, viaPolicy.pem, policy.pem, root.pem, leaf)).toEqual({
        leaf,
        intermediates: [viaPolicy.pem, policy.pem],
        root: root.pem,
      })
    })

    it('takes the issuer that is valid longer when two ways are equal', async () => {
      const { root, intermediate } = pki
      const again = { name: intermediate.name, keys: intermediate.keys, issuer: root }
      const shorter = await createAuthority({ ...again, notAfter: new Date('2029-01-01T00:00:00Z') })
      const longer = await createAuthority({ ...again, notAfter: new Date('2031-01-01T00:00:00Z') })
      expect(order(shorter.pem, longer.pem, root.pem, leaf).intermediates).toEqual([longer.pem])
      expect(order(root.pem, longer.pem, shorter.pem, leaf).intermediates).toEqual([longer.pem])
    })

    it('ends where two CAs have only signed each other', async () => {
      const { intermediate, root, oldRoot, crossSignedRoot } = pki
      const oldByRoot = await createAuthority({ name: oldRoot.name, keys: oldRoot.keys, issuer: root })
      expect(order(oldByRoot.pem, crossSignedRoot.pem, intermediate.pem, leaf)).toEqual({
        leaf,
        intermediates: [intermediate.pem, crossSignedRoot.pem, oldByRoot.pem],
      })
    })
  })

  describe('refuses', () => {
    it('a bundle without the key of the request', async () => {
      const foreign = await pki.intermediate.sign((await createCsr({ dns: ['shop.example'] })).pem)
      expect(codeOf(pki.root.pem, pki.intermediate.pem, foreign)).toBe('NoLeaf')
      expect(codeOf(pki.root.pem, pki.intermediate.pem)).toBe('NoLeaf')
    })

    it('a gap in the chain', async () => {
      const policy = await createAuthority({ name: 'Policy CA', issuer: pki.root })
      const below = await createAuthority({ name: 'Below', issuer: policy })
      const deep = await below.sign(csr)
      expect(codeOf(leaf, pki.root.pem)).toBe('BrokenChain')
      expect(codeOf(deep, below.pem, pki.root.pem)).toBe('BrokenChain')
      expect(codeOf(deep, policy.pem, pki.root.pem)).toBe('BrokenChain')
    })

    it('an issuer of the right name with another key', async () => {
      const impostor = await createAuthority({ name: pki.intermediate.name, issuer: pki.root })
      expect(codeOf(leaf, impostor.pem, pki.root.pem)).toBe('BrokenChain')
    })

    it("a signature that is not the issuer's, though names and key ids fit", () => {
      const der = parseCertificates(leaf)[0]?.der ?? new Uint8Array()
      const forged = writePem('CERTIFICATE', new Uint8Array(der).with(-1, (der.at(-1) ?? 0) ^ 1))
      expect(codeOf(forged, pki.intermediate.pem, pki.root.pem)).toBe('BrokenChain')
    })

    it('a certificate that does not belong to the chain', async () => {
      const { root, intermediate } = pki
      const foreign = await intermediate.sign((await createCsr({ dns: ['other.example'] })).pem)
      const stranger = await createAuthority({ name: 'Stranger' })
      expect(codeOf(leaf, intermediate.pem, root.pem, stranger.pem)).toBe('UnrelatedCertificate')
      expect(codeOf(leaf, intermediate.pem, root.pem, foreign)).toBe('UnrelatedCertificate')
      expect(codeOf(leaf, intermediate.pem, foreign)).toBe('UnrelatedCertificate')
      expect(codeOf(leaf, foreign)).toBe('UnrelatedCertificate')
    })

    it('another certificate of the same key: which one was ordered?', async () => {
      const notBefore = new Date('2025-01-01T00:00:00Z')
      const lastYear = await pki.intermediate.sign(csr, { notBefore })
      expect(codeOf(lastYear, leaf, pki.intermediate.pem, pki.root.pem)).toBe('UnrelatedCertificate')
    })

    it('an issuer that is no CA', async () => {
      const server = await createCsr({ commonName: 'server.example' })
      const certificate = await pki.root.sign(server.pem)
      const issued = await (await createAuthority({ name: 'server.example', keys: server.keys })).sign(csr)
      expect(codeOf(issued, certificate, pki.root.pem)).toBe('UnrelatedCertificate')
    })

    it('a chain that cert-manager would refuse for its length', async () => {
      const authorities: TestAuthority[] = [pki.root]
      for (let n = 1; n < 10; n++) {
        authorities.push(await createAuthority({ name: `CA ${n}`, issuer: authorities[n - 1] ?? pki.root }))
      }
      const pems = authorities.map(({ pem }) => pem)
      expect(codeOf(...pems.slice(0, 9), await (authorities[8] ?? pki.root).sign(csr))).toBe('none')
      expect(codeOf(...pems, await (authorities[9] ?? pki.root).sign(csr))).toBe('TooManyCertificates')
    })
  })

  it('gives the same result for every order of the input', async () => {
    const { root, oldRoot, intermediate, crossSignedRoot } = pki
    const again = await createAuthority({ name: intermediate.name, keys: intermediate.keys, issuer: root })
    const certificates = [root, oldRoot, intermediate, crossSignedRoot, again].map(({ pem }) => pem)
    const expected = order(...certificates, leaf)
    const shuffled = fc.shuffledSubarray([...certificates, leaf, leaf], { minLength: certificates.length + 2 })
    const property = fc.property(shuffled, (pems) => {
      expect(order(...pems)).toEqual(expected)
    })
    fc.assert(property, { numRuns: 50 })
  })

  it('never throws anything but X509Error for a part of a bundle', () => {
    const { root, oldRoot, intermediate, crossSignedRoot } = pki
    const parts = fc.shuffledSubarray([root.pem, oldRoot.pem, intermediate.pem, crossSignedRoot.pem, leaf], {
      minLength: 1,
    })
    const property = fc.property(parts, (pems) => {
      // codeOf rethrows what is not ours.
      expect(codeOf(...pems)).not.toBe('')
    })
    fc.assert(property, { numRuns: 100 })
  })
})

describe('chainPem', () => {
  it('writes blocks one after the other with a newline at the end', () => {
    const { leaf: first, intermediates } = orderChain(parseCertificates(pki.intermediate.pem + leaf), { spkiSha256 })
    expect(chainPem([first, ...intermediates])).toBe(leaf + pki.intermediate.pem)
    expect(chainPem([])).toBe('')
  })
})
