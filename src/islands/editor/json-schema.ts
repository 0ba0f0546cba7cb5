import type { JSONSchema } from 'monaco-yaml';
import { apiVersionOf } from './yaml-kinds.ts';

/** The part of a group version's OpenAPI document that is read here. */
export interface OpenApiDocument {
  paths?: Record<string, { post?: Operation } | undefined>;
  components?: { schemas?: Record<string, OpenApiSchema> };
}

interface Operation {
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: GroupVersionKind;
}

interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** JSON schema, with these extensions. */
interface OpenApiSchema {
  nullable?: boolean;
  allOf?: OpenApiSchema[];
  properties?: Record<string, OpenApiSchema>;
  additionalProperties?: boolean | OpenApiSchema;
  items?: OpenApiSchema;
  $ref?: string;
  'x-kubernetes-group-version-kind'?: GroupVersionKind[];
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  [keyword: string]: unknown;
}

const COMPONENT = '#/components/schemas/';
const DEFINITION = '#/definitions/';
/** Not JSON schema, or useless for writing a manifest: the API sets the defaults itself. */
const DROPPED = /^(x-kubernetes-|nullable$|default$|allOf$|format$)/;
const MANAGED = ['status'];

/**
 * One JSON schema for every document of a manifest; each document selects its own kind.
 * `apiVersions` are all that the cluster has. `documents` are those loaded so far, by path;
 * anything else passes.
 */
export function manifestSchema(
  apiVersions: readonly string[],
  documents: ReadonlyMap<string, OpenApiDocument>,
): JSONSchema {
  const definitions: Record<string, JSONSchema> = {};
  const rules = [...documents].flatMap(([path, document]) => {
    const apiVersion = apiVersionOf(path);
    const kinds = kindsIn(document);
    for (const name of closure(document, [...kinds.values()])) {
      definitions[name] ??= toJsonSchema(document.components?.schemas?.[name] ?? {});
    }
    return [
      when({ apiVersion }, { properties: { kind: { enum: [...kinds.keys()].sort() } } }),
      ...[...kinds].map(([kind, name]) =>
        when({ apiVersion, kind }, rootSchema(definitions[name], { apiVersion, kind })),
      ),
    ];
  });
  return {
    type: 'object',
    properties: {
      apiVersion: { type: 'string', enum: [...apiVersions].sort() },
      kind: { type: 'string' },
    },
    allOf: rules,
    definitions,
  };
}

function when(values: Record<string, string>, then: JSONSchema): JSONSchema {
  const properties = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { const: value }]),
  );
  return { if: { properties, required: Object.keys(values) }, then };
}

/** A document has exactly this `apiVersion` and `kind`, and only the cluster writes its status. */
function rootSchema(
  schema: JSONSchema | undefined,
  { apiVersion, kind }: Record<'apiVersion' | 'kind', string>,
): JSONSchema {
  const { properties = {}, ...rest } = schema ?? {};
  const own = Object.entries(properties).filter(([name]) => !MANAGED.includes(name));
  return {
    ...rest,
    properties: {
      ...Object.fromEntries(own),
      status: { doNotSuggest: true },
      apiVersion: { enum: [apiVersion] },
      kind: { enum: [kind] },
    },
    required: ['apiVersion', 'kind', 'metadata'],
  };
}

/** The kinds that can be created, and the names of their schemas. */
function kindsIn({ paths = {}, components }: OpenApiDocument): Map<string, string> {
  const created = new Set(
    Object.entries(paths).flatMap(([path, item]) => {
      const post = item?.post;
      const isOwn = post?.['x-kubernetes-action'] === 'post' && !path.includes('{name}');
      return isOwn ? [post['x-kubernetes-group-version-kind']?.kind] : [];
    }),
  );
  return new Map(
    Object.entries(components?.schemas ?? {}).flatMap(([name, schema]) => {
      const [identity, ...others] = schema['x-kubernetes-group-version-kind'] ?? [];
      if (identity === undefined || others.length > 0 || !created.has(identity.kind)) return [];
      return [[identity.kind, name] as const];
    }),
  );
}

/** The names of all schemas that these refer to, including themselves. */
function closure(document: OpenApiDocument, names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...referencesOf(document.components?.schemas?.[name] ?? {}));
  }
  return found;
}

function referencesOf(schema: OpenApiSchema): string[] {
  const { additionalProperties } = schema;
  const children = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.allOf ?? []),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
  ];
  const own = schema.$ref?.startsWith(COMPONENT) ? [schema.$ref.slice(COMPONENT.length)] : [];
  return [...own, ...children.flatMap(referencesOf)];
}

/**
 * Like the API server, the schema rejects unknown fields, unless it declares that they are kept.
 */
function toJsonSchema(schema: OpenApiSchema): JSONSchema {
  const { properties, additionalProperties, items, allOf = [] } = schema;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string') {
    return { ...described(schema), type: ['integer', 'string'] };
  }
  const [only, ...more] = allOf;
  if (only?.$ref !== undefined && more.length === 0) {
    return { ...described(schema), ...toJsonSchema(only) };
  }
  const kept = Object.entries(schema).filter(([keyword]) => !DROPPED.test(keyword));
  return {
    ...(Object.fromEntries(kept) as JSONSchema),
    ...(schema.$ref === undefined ? {} : { $ref: schema.$ref.replace(COMPONENT, DEFINITION) }),
    ...(schema.nullable === true && typeof schema.type === 'string'
      ? { type: [schema.type, 'null'] }
      : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: mapValues(properties),
          ...(additionalProperties === undefined && !isOpen ? { additionalProperties: false } : {}),
        }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: toJsonSchema(additionalProperties) }
      : {}),
    ...(items === undefined ? {} : { items: toJsonSchema(items) }),
  };
}

function described({ description }: OpenApiSchema): JSONSchema {
  return typeof description === 'string' ? { description } : {};
}

function mapValues(properties: Record<string, OpenApiSchema>): Record<string, JSONSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, toJsonSchema(schema)]),
  );
}
