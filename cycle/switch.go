package cycle

import (
	"fmt"
	"slices"
	"strings"

	"paceline"
)

// MaxCases bounds the cases of a switch, maxCaseNumber their numbers.
const (
	MaxCases      = 50
	maxCaseNumber = 999
)

// CheckSwitch refuses a switch whose cases cannot be told apart; nil is fine.
func CheckSwitch(s *paceline.Switch) error {
	if s == nil {
		return nil
	}
	if len(s.Cases) > MaxCases {
		return invalid("Cases", fmt.Sprintf("there are more than %d", MaxCases))
	}
	seen := make(map[int]bool, len(s.Cases))
	for _, c := range s.Cases {
		if c.Number < 1 || c.Number > maxCaseNumber || seen[c.Number] {
			return invalid("Cases", fmt.Sprintf("two cases have the exit Case%d, or it is none", c.Number))
		}
		seen[c.Number] = true
		if err := checkText("Name", c.Name, maxName); err != nil {
			return err
		}
	}
	return nil
}

// checkCases reports whether a switch can run. One without cases always leaves by its default, which is no switch.
func checkCases(s *paceline.Switch) error {
	if s == nil || len(s.Cases) == 0 {
		return fmt.Errorf("it has no cases")
	}
	return CheckSwitch(s)
}

// numberCases gives cases without a number those that no case and no edge of the step has had.
func numberCases(flow *paceline.Flow, step *paceline.Step) {
	if step.Switch == nil {
		return
	}
	last := 0
	for _, c := range step.Switch.Cases {
		last = max(last, c.Number)
	}
	for _, e := range flow.Edges {
		if e.Tail == step.ID {
			last = max(last, e.Type.Case())
		}
	}
	for i := range step.Switch.Cases {
		c := &step.Switch.Cases[i]
		if c.Name = strings.TrimSpace(c.Name); c.Number == 0 {
			last++
			c.Number = last
		}
	}
}

// dropExits removes the edges that leave a step by exits that it does not have any more.
func dropExits(flow *paceline.Flow, step *paceline.Step) {
	exits := step.Exits()
	flow.Edges = slices.DeleteFunc(flow.Edges, func(e paceline.Edge) bool {
		return e.Tail == step.ID && !slices.Contains(exits, e.Type)
	})
}

// operands reports which operands of a decision, or of some case of a switch, are missing.
func operands(g *graph, step *paceline.Step, before map[paceline.ID]bool) (left, right bool) {
	none := true
	eachDecision(step, func(d *paceline.Decision) {
		none = false
		left = left || !readable(d.LeftLocation) || !before[d.LeftStep]
		right = right || d.Condition == "" || !d.Condition.Unary() && !filled(g.flow, d.Right, before)
	})
	return left || none, right || none
}
