import { describe, expect, it } from 'vitest';
import { manifestSchema, type OpenApiDocument } from './json-schema.ts';
import { apiVersionOf, kindsOf, openApiPath } from './yaml-kinds.ts';

const identity = { group: 'apps', version: 'v1', kind: 'Deployment' };
const ref = (name: string) => ({ allOf: [{ $ref: `#/components/schemas/${name}` }], default: {} });
const document: OpenApiDocument = {
  paths: {
    '/apis/apps/v1/namespaces/{namespace}/deployments': {
      post: { 'x-kubernetes-action': 'post', 'x-kubernetes-group-version-kind': identity },
    },
  },
  components: {
    schemas: {
      Deployment: {
        'x-kubernetes-group-version-kind': [identity],
        type: 'object',
        properties: { spec: ref('Spec'), status: ref('Unused'), apiVersion: { type: 'string' } },
      },
      Spec: {
        type: 'object',
        properties: {
          replicas: { type: 'integer', format: 'int32', default: 1 },
          port: { 'x-kubernetes-int-or-string': true, description: 'A port.' },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
          parts: { type: 'array', items: ref('Part') },
          open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} },
          maybe: { type: 'string', nullable: true },
        },
      },
      Part: { type: 'object', properties: { name: { type: 'string' } } },
      Unused: { type: 'object' },
      Stranger: { type: 'object' },
      DeleteOptions: { 'x-kubernetes-group-version-kind': [identity, identity], type: 'object' },
    },
  },
};

describe('the schema of manifests', () => {
  const schema = manifestSchema(['v1', 'apps/v1'], new Map([['apis/apps/v1', document]]));

  it('has all API versions, and the kinds of the loaded ones', () => {
    expect(schema.properties?.apiVersion).toMatchObject({ enum: ['apps/v1', 'v1'] });
    expect(schema.allOf?.[0]).toMatchObject({
      if: { properties: { apiVersion: { const: 'apps/v1' } } },
      then: { properties: { kind: { enum: ['Deployment'] } } },
    });
    expect(schema.allOf?.[1]).toMatchObject({
      if: { properties: { kind: { const: 'Deployment' } } },
      then: { properties: { spec: { $ref: '#/definitions/Spec' } }, additionalProperties: false },
    });
    expect(schema.allOf).toHaveLength(2);
  });

  it('has what a kind refers to, and nothing else', () => {
    expect(Object.keys(schema.definitions ?? {}).sort()).toEqual([
      'Deployment',
      'Part',
      'Spec',
      'Unused',
    ]);
  });

  it('is the JSON schema of what the API server accepts', () => {
    expect(schema.definitions?.Spec).toEqual({
      type: 'object',
      additionalProperties: false,
      properties: {
        replicas: { type: 'integer' },
        port: { type: ['integer', 'string'], description: 'A port.' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        parts: { type: 'array', items: { $ref: '#/definitions/Part' } },
        open: { type: 'object', properties: {} },
        maybe: { type: ['string', 'null'] },
      },
    });
  });
});

describe('the kinds of a text', () => {
  it('are read from each document, even an unfinished one', () => {
    const text =
      'apiVersion: v1\nkind: Pod\n---\n# x\nkind: "Deployment"\nspec:\n  kind: no\n  - {';
    expect(kindsOf(text)).toEqual([{ apiVersion: 'v1', kind: 'Pod' }, { kind: 'Deployment' }]);
    expect(kindsOf('a: 1')).toEqual([]);
  });

  it('have their place in the OpenAPI', () => {
    for (const [version, path] of [
      ['v1', 'api/v1'],
      ['apps/v1', 'apis/apps/v1'],
    ] as const) {
      expect(openApiPath(version)).toBe(path);
      expect(apiVersionOf(path)).toBe(version);
    }
  });
});
