package script

// Turns is the number of runs that hold a worker.
func (p *Pool) Turns() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.turns)
}
