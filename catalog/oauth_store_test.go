package catalog

import (
	"errors"
	"fmt"
	"testing"

	"paceline"
	"paceline/store"
)

// TestTokenOutlivesAnOutage: a new token is tried to be stored again when the database is away, as the old one may be used
// up; and not when there is nothing to store it for.
func TestTokenOutlivesAnOutage(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{paceline.Fail(paceline.CodeBusy).Because(errors.New("connection refused")), true},
		{fmt.Errorf("in a closure: %w", paceline.Fail(paceline.CodeBusy)), true},
		{errors.New("a conflict that was tried three times"), true},
		{paceline.Fail(paceline.CodeShuttingDown), false},
		{paceline.Fail(paceline.CodeNotFound, "name", "Account connector"), false},
		{store.ErrAccountDeleted, false},
	} {
		if got := mayStoreYet(tc.err); got != tc.want {
			t.Errorf("%v: tried again is %v", tc.err, got)
		}
	}
}
