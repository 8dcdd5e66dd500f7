import { createContext } from 'react';
import type { NewEdge } from './changes';

// Acts is what can be done with a step from where it is drawn. What is not allowed is absent.
export type ActsOn = {
  setUp: (step: string) => void;
  test?: (step: string) => void;
  duplicate?: (steps: string[]) => void;
  remove?: (steps: string[]) => void;
  insert?: (edge: NewEdge) => void;
  cut?: (edge: NewEdge) => void;
  listen?: (capture?: string) => void; // runs once, with the first event that comes: the whole flow, or a webhook step alone
  ready?: boolean; // nothing is missing in the flow
};

export const Acts = createContext<ActsOn | null>(null);
