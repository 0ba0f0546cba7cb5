import { z } from 'zod';
import { labSourceSchema } from '../protocol/lab.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** The JSON schema of `lab.yaml`, for completion in editors. */
export function labJsonSchema(): object {
  return z.toJSONSchema(labSourceSchema, { io: 'input' });
}

/** The fields of `lab.yaml` as a Markdown table. `<id>` stands for any name. */
export function labFields(): string {
  const rows = fieldsOf(labJsonSchema() as Schema, '').map((cells) => `| ${cells.join(' | ')} |`);
  return ['| field | value | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function fieldsOf(schema: Schema, path: string): [string, string, string][] {
  const named = Object.entries(schema.properties ?? {});
  const any = schema.additionalProperties;
  const isMap = typeof any === 'object' && any.type === 'object' && any.properties !== undefined;
  const fields = isMap ? [...named, ['<id>', any] as const] : named;
  return fields.flatMap(([name, value]) => {
    if (typeof value !== 'object') return [];
    const here = path === '' ? name : `${path}.${name}`;
    const inner = value.type === 'array' ? itemsOf(value) : value;
    const below = fieldsOf(inner, value.type === 'array' ? `${here}[]` : here);
    // A level of ids has no description.
    if (name === '<id>') return below;
    const isRequired = schema.required?.includes(name) === true;
    return [[`\`${here}\``, valueOf(value, isRequired), value.description ?? ''], ...below];
  });
}

function valueOf(schema: Schema, isRequired: boolean): string {
  const given = schema.default === undefined ? '' : JSON.stringify(schema.default);
  const isShown = !['', '[]', '{}'].includes(given);
  const note = isShown ? `, by default ${given}` : isRequired ? ', required' : '';
  return `${typeOf(schema)}${note}`;
}

function typeOf(schema: Schema): string {
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.type === 'array') return `list of ${typeOf(itemsOf(schema))}`;
  if (schema.type === 'object') return 'map';
  if (schema.type === 'integer') return 'number';
  return 'text';
}

function itemsOf(schema: Schema): Schema {
  const { items } = schema;
  return typeof items === 'object' && !Array.isArray(items) ? items : {};
}
