// CustomResourceDefinitions as objects, from a kind's zod schemas and its few lines about how it is shown.
import type { z } from 'zod'
import type { Resource } from '../kube/resource.ts'
import { VALIDATIONS, type ValidationRule } from './rules.ts'
import { type SchemaNode, structuralSchema } from './structural.ts'

/** One column of `kubectl get`. Priority 1: only with `-o wide`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly priority?: 1
}

/** All there is to know about one of our kinds. */
export interface CustomResourceKind {
  readonly resource: Resource
  /** What `kubectl explain` says first. */
  readonly description: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly columns: readonly PrinterColumn[]
  /** Fields that a list or watch can select by. */
  readonly selectableFields?: readonly string[]
  readonly spec: z.ZodType
  readonly status: z.ZodType
  /** Rules about the whole object. */
  readonly rules?: readonly ValidationRule[]
}

/** As much of apiextensions.k8s.io/v1 as is written here. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string }
  readonly spec: Readonly<Record<string, unknown>>
}

/**
 * The definition of a kind, ready to be applied. It has no `status`: tools that compare manifests with the cluster would
 * see a difference for ever (cert-manager#2031).
 *
 * @throws NotRepresentable when a schema says what a definition cannot
 */
export function customResourceDefinition(kind: CustomResourceKind): CustomResourceDefinition {
  const { resource, selectableFields } = kind
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource.plural}.${resource.group}` },
    spec: {
      group: resource.group,
      scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.kind.toLowerCase(),
        shortNames: kind.shortNames,
        categories: kind.categories,
      },
      versions: [
        {
          name: resource.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
          ...(selectableFields && { selectableFields: selectableFields.map((jsonPath) => ({ jsonPath })) }),
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  }
}

function objectSchema(kind: CustomResourceKind): SchemaNode {
  return {
    description: kind.description,
    type: 'object',
    required: ['spec'],
    ...(kind.rules && { [VALIDATIONS]: kind.rules }),
    properties: {
      apiVersion: { description: 'Group and version of this object.', type: 'string' },
      kind: { description: 'Kind of this object.', type: 'string' },
      // The API server knows what metadata is; it refuses definitions that say more about it.
      metadata: { type: 'object' },
      spec: { description: 'What is wanted.', ...structuralSchema(kind.spec, '.spec') },
      status: { description: 'What is. Written by the operator only.', ...structuralSchema(kind.status, '.status') },
    },
  }
}
