// Package wire reads and writes the JSON of the public API.
//
// Readers are lenient as callers of the API expect: property names in any case, booleans and numbers
// as strings, unknown properties ignored. Opt tells absent, null and value apart. Writers give dates,
// nulls and empty lists the exact form of the API.
package wire
