// Reads a ZIP archive (APPNOTE 6.3): the central directory at its end, members stored or deflated. For one import operation.
import { inflateRawSync } from 'node:zlib'

export interface ZipMember {
  readonly name: string
  readonly bytes: Buffer
}

const END_SIGNATURE = 0x06054b50
const END_LENGTH = 22
const ENTRY_SIGNATURE = 0x02014b50
const ENTRY_LENGTH = 46
const LOCAL_LENGTH = 30
const STORED = 0
const DEFLATED = 8
/** Far above any list of certificates; an archive that grows beyond it is refused. */
const MEMBER_LIMIT_BYTES = 16 * 1024 * 1024

/** @throws Error when this is no such archive. */
export function readZip(archive: Buffer): ZipMember[] {
  const end = archive.lastIndexOf(signature(END_SIGNATURE))
  if (end === -1 || end + END_LENGTH > archive.length) throw new Error('no ZIP archive')
  const count = archive.readUInt16LE(end + 10)
  let at = archive.readUInt32LE(end + 16)
  const members: ZipMember[] = []
  for (let index = 0; index < count; index++) {
    if (archive.readUInt32LE(at) !== ENTRY_SIGNATURE) throw new Error('ZIP directory is damaged')
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + ENTRY_LENGTH, at + ENTRY_LENGTH + nameLength)
    if (!name.endsWith('/')) members.push({ name, bytes: readMember(archive, at) })
    at += ENTRY_LENGTH + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return members
}

function readMember(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10)
  const length = archive.readUInt32LE(entry + 20)
  const local = archive.readUInt32LE(entry + 42)
  const start = local + LOCAL_LENGTH + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  const bytes = archive.subarray(start, start + length)
  if (method === STORED) return bytes
  if (method === DEFLATED) return inflateRawSync(bytes, { maxOutputLength: MEMBER_LIMIT_BYTES })
  throw new Error(`ZIP method ${method} is not supported`)
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
