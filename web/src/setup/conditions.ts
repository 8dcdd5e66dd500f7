// The comparisons of decisions and cases, as the API names them.
export const conditions = [
  'Equals', 'NotEquals', 'Contains', 'NotContains', 'StartsWith', 'EndsWith', 'GreaterThan', 'GreaterThanOrEqual', 'LessThan', 'LessThanOrEqual',
  'InList', 'MatchesRegex', 'IsTrue', 'IsFalse', 'IsEmpty', 'IsNotEmpty', 'Exists', 'NotExists',
];

// unary conditions compare with nothing.
export const unary = (condition: string | null | undefined) => ['Exists', 'NotExists', 'IsTrue', 'IsFalse', 'IsEmpty', 'IsNotEmpty'].includes(condition ?? '');
