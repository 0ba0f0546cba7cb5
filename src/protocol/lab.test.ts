import { expect, it } from 'vitest';
import { imagesFor, missingImages } from './lab.ts';

it('counts the images of add-ons among those that a lab needs', () => {
  expect(imagesFor({ images: ['web'], addons: [] })).toEqual(['web']);
  expect(imagesFor({ images: ['web'], addons: ['metrics-server', 'load-balancer'] })).toEqual([
    'web',
    'metrics-server',
  ]);
  expect(imagesFor({ images: [], addons: ['gateway', 'storage'] })).toEqual([
    'contour',
    'envoy',
    'local-path-provisioner',
  ]);
});

it('gives storage to a lab that works on data', () => {
  expect(imagesFor({ images: ['data'], addons: [] })).toContain('local-path-provisioner');
  expect(imagesFor({ images: ['data', 'spark'], addons: ['storage'] })).toEqual([
    'data',
    'spark',
    'local-path-provisioner',
  ]);
});

it('finds the images that are missing', () => {
  expect(missingImages(['web', 'data', 'spark'], ['web', 'envoy'])).toEqual(['data', 'spark']);
});
