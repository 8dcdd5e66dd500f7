package cycle

import (
	"context"

	"paceline"
)

// Place is where a step stands on the canvas.
type Place struct {
	Step      paceline.ID
	Left, Top int
}

// Arrange moves steps of a cycle on the canvas, all in one version. Errors: as for Edit, then those of read;
// NotFound for a step that the cycle does not have, and then none is moved.
func (r *Room) Arrange(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, read func() ([]Place, error)) error {
	_, err := r.Edit(ctx, p, a, id, "cycle.arranged", func(c *paceline.Cycle) error {
		places, err := read()
		if err != nil {
			return err
		}
		for _, at := range places {
			s, _ := c.Flow.Step(at.Step)
			if s == nil {
				return notFound("Step")
			}
			s.Left, s.Top = at.Left, at.Top
		}
		return nil
	})
	return err
}
