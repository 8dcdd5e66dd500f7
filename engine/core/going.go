package core

// GoingOf returns the runs of a cycle that have a slot: a step of each is in progress, or about to be.
func (c *Core) GoingOf(cycle int64) (list []int64) {
	for num, r := range c.runs {
		if r.Cycle == cycle && c.Going(num) {
			list = append(list, num)
		}
	}
	return list
}

// GoingIn is GoingOf for all cycles of an account.
func (c *Core) GoingIn(account int64) (list []int64) {
	for num, r := range c.runs {
		if r.Account == account && c.Going(num) {
			list = append(list, num)
		}
	}
	return list
}
