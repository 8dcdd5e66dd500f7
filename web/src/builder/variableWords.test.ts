import { expect, it } from 'vitest';
import type { Variable } from '../api';
import { changeOf } from './VariableWords';

const of = (v: Partial<Variable>) => ({ DisplayName: 'Region', SystemName: 'Region', MappingType: 'StaticValue', Value: null, Values: null, Description: null, IsLaunchVisible: false, TriggerValue: null, TriggerValueDisplayName: null, ...v }) as Variable;

it('makes a choice of a variable that gets values, and drops a value that is none of them', () => {
  expect(changeOf(of({ Value: 'eu' }), { name: 'Region', description: 'Where', values: ' eu \n\nus\neu' })).toEqual({ DisplayName: 'Region', Description: 'Where', Values: ['eu', 'us'], MappingType: 'ValueList' });
  expect(changeOf(of({ Value: 'asia' }), { name: 'Region', description: '', values: 'eu' }).Value).toBe('');
});

it('makes a text of one without values again, and leaves a lookup as it is', () => {
  expect(changeOf(of({ MappingType: 'ValueList', Values: ['eu'] }), { name: 'Region', description: '', values: '' }).MappingType).toBe('StaticValue');
  expect(changeOf(of({ MappingType: 'Trigger' }), { name: 'Region', description: '', values: '' })).not.toHaveProperty('MappingType');
});
