package cycle

import (
	"testing"

	"paceline"
)

func TestWhichStepsSplit(t *testing.T) {
	cases := []struct {
		cycle, step paceline.SplitType
		trigger     bool
		want        bool
	}{
		{paceline.SplitFirst, "", true, true},
		{paceline.SplitFirst, "", false, false},
		{paceline.SplitAll, "", false, true},
		{paceline.SplitNone, "", true, false},
		{paceline.SplitNone, paceline.SplitAll, false, true},
		{paceline.SplitAll, paceline.SplitNone, false, false},
		{paceline.SplitNone, paceline.SplitFirst, false, false},
	}
	for _, tc := range cases {
		if got := splits(tc.cycle, tc.step, tc.trigger); got != tc.want {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}
