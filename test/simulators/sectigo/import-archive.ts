// Import of SSL certificates from a ZIP archive (seed 004 L2446-2483): a count and sentences.
import { extname } from 'node:path'
import type { Place } from './catalogue.ts'
import { placeFor } from './enroll.ts'
import { refuse } from './errors.ts'
import { takeOver } from './import.ts'
import { readCertificate } from './imported-certificate.ts'
import { requirePrivilege } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'
import type { ZipMember } from './zip-archive.ts'
import { readZip } from './zip-archive.ts'

export const importArchiveRoute: Route = {
  method: 'POST',
  path: '/api/ssl/v1/import',
  access: 'account',
  handle: importArchive,
}

/** The example takes .cer and .crt and refuses .p12 (seed 004 L2480). */
const EXTENSIONS = ['.cer', '.crt', '.pem', '.der']

/** @throws ScmError -1002 without an archive in the part `file`, -639 organization. */
async function importArchive(call: AccountCall): Promise<Answer> {
  requirePrivilege(call, 'sslImport')
  const place = placeFor(call.context.catalogue, call.account, Number(call.query.get('orgId')))
  const members = await readArchive(call)
  const errors: string[] = []
  for (const member of members) {
    const error = await importMember(call, place, member)
    if (error !== undefined) errors.push(error)
  }
  return json({ processedCount: members.length, errors })
}

async function readArchive({ bytes, headers }: AccountCall): Promise<ZipMember[]> {
  try {
    const type = headers['content-type'] ?? ''
    const form = await new Response(Buffer.from(bytes), { headers: { 'content-type': type } }).formData()
    const file = form.get('file')
    if (file === null || typeof file === 'string') throw new Error('no file')
    return readZip(Buffer.from(await file.arrayBuffer()))
  } catch {
    throw refuse('unreadableBody')
  }
}

/** The sentence of an error, or undefined. */
async function importMember(call: AccountCall, place: Place, { name, bytes }: ZipMember): Promise<string | undefined> {
  if (!EXTENSIONS.includes(extname(name).toLowerCase())) return `${name} - Unsupported file extension`
  let certificate: ReturnType<typeof readCertificate>
  try {
    const armoured = bytes.includes('-----BEGIN')
    certificate = readCertificate(armoured ? bytes.toString('utf8') : bytes)
  } catch {
    return `${name} - Failed to parse certificate: Certificate is corrupted or subject basic constraint is not met`
  }
  const { order, created } = await takeOver(call, { product: 'ssl', place, certificate, entry: {} })
  return created
    ? undefined
    : `[${name}] - SSL certificate already exists. Order number: ${order.backendCertId || 'N/A'}`
}
