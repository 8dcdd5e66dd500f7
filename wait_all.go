package paceline

// waitAllFrom is the due time of transactions that wait at a Wait All step for all others of their cycle: so far away
// that it never comes. What is above it names the step.
const waitAllFrom Micros = 1 << 62

// WaitAllDue is the due time of a transaction that waits at the Wait All step with the ordinal. more says that it has
// arrived at another such step, too.
func WaitAllDue(step int32, more bool) Micros {
	due := waitAllFrom + 2*Micros(step)
	if more {
		due++
	}
	return due
}

// WaitsForAll reports whether the due time is that of a transaction at a Wait All step.
func (m Micros) WaitsForAll() bool { return m >= waitAllFrom }

// WaitAllStep returns the ordinal of the Wait All step of such a due time, and whether there is more.
func (m Micros) WaitAllStep() (step int32, more bool) {
	return int32((m - waitAllFrom) / 2), (m-waitAllFrom)%2 == 1
}
