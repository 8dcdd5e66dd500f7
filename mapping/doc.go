// Package mapping turns the data of earlier steps into the values of the next one.
//
// It reads values out of raw JSON by location, fills parameters and fields from the sources of a mapping (typed text
// with merge fields, earlier steps, variables, constants), and writes request bodies; decisions compare values by the
// same rules. It is pure: no I/O, no clock, and whatever does not change between transactions is prepared by Compile.
//
// Values stay the JSON text that was received, so that 64-bit integers, decimals, and the difference between empty,
// null and missing survive. Documents must have been validated at intake: on malformed JSON the results are
// unspecified, but nothing panics or runs without end.
//
// # Locations
//
//	name.first      the member "first" of the object "name"
//	[records].Email the member "Email" of each element of the list "records"
//	[].Email        the document itself is a list
//	[a].[b].c       lists within lists
//	[tags]          each element of the list "tags"
//	\x.y\           a name taken literally, dots and brackets included; \\ stands for one backslash in it
//
// Everything between square brackets is a literal name, too. A list segment that meets a single value, where a list
// was expected, reads it as a list of one. Of members with the same name the first counts.
//
// # Merge fields
//
// Typed text may hold {{reference}} or {{reference format=yyyy-MM-dd}}. A reference is
//
//	Step name.location    a value of an earlier step, found by its name ...
//	<step id>.location    ... or by its id
//	AccountId             a name of the running system (SystemNames), in any letter case
//	Discount              the system name of a variable of the cycle
//
// A text that is one merge field alone keeps the value's type: a number stays a number, a list stays a list. Within
// longer text a missing value or null leaves nothing, and the values of a list are joined by commas. \{{ stands for
// two literal braces. A text that begins with = is an inline script, whose
// merge fields are bound as values and never become code (inline.go).
package mapping
