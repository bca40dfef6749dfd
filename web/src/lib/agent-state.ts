/** The one mapping between the labels on the wire and the names used in this code. */
export type AgentState =
  | 'offline' | 'available' | 'ringing' | 'on_call' | 'on_hold' | 'wrap_up' | 'paused' | 'training';

export const agentStateLabels: Record<AgentState, string> = {
  offline: 'Déconnecté',
  available: 'En Attente',
  ringing: 'Ringing',
  on_call: 'En Appel',
  on_hold: 'Mise en attente',
  wrap_up: 'En Post-Appel',
  paused: 'En Pause',
  training: 'Formation',
};

const byLabel = new Map(Object.entries(agentStateLabels).map(([state, label]) => [label, state as AgentState]));

/** Accepts a label or a state name; anything unknown counts as offline. */
export function agentStateOf(label: string | null | undefined): AgentState {
  if (!label) return 'offline';
  const found = byLabel.get(label);
  if (found) return found;
  return label in agentStateLabels ? (label as AgentState) : 'offline';
}

export const agentStateOrder: readonly AgentState[] = [
  'ringing', 'on_call', 'on_hold', 'wrap_up', 'available', 'paused', 'training', 'offline',
];
