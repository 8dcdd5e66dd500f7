package memo

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestCache(t *testing.T) {
	t.Parallel()
	c := New[string, int](2)
	loads := 0
	get := func(key string, value int, err error) (int, error) {
		return c.Get(t.Context(), key, func(context.Context) (int, error) {
			loads++
			return value, err
		})
	}
	broken := errors.New("broken")
	for i, step := range []struct {
		key   string
		value int
		err   error
		want  int
		loads int
	}{
		{"a", 1, nil, 1, 1},
		{"a", 9, nil, 1, 1}, // remembered
		{"b", 2, broken, 2, 2},
		{"b", 3, nil, 3, 3}, // errors are not
		{"a", 9, nil, 1, 3},
		{"c", 4, nil, 4, 4}, // drops b, the one that was not used for longest
		{"a", 9, nil, 1, 4},
		{"b", 5, nil, 5, 5},
	} {
		got, err := get(step.key, step.value, step.err)
		if got != step.want || !errors.Is(err, step.err) || loads != step.loads {
			t.Errorf("step %d: got %d, %v after %d loads, want %d, %v after %d", i, got, err, loads, step.want, step.err, step.loads)
		}
	}
	c.Put("b", 6)
	c.ForgetIf(func(key string) bool { return key == "a" })
	if b, _ := get("b", 9, nil); b != 6 {
		t.Errorf("b is %d after Put", b)
	}
	if a, _ := get("a", 7, nil); a != 7 {
		t.Errorf("a is %d after ForgetIf", a)
	}
}

// One caller loads while the others wait; what is forgotten meanwhile is answered once and not kept.
func TestForgetWhileLoading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := New[string, int](2)
		release := make(chan struct{})
		var loads atomic.Int32
		load := func(context.Context) (int, error) {
			n := loads.Add(1)
			<-release
			return int(n), nil
		}
		got := make(chan int, 3)
		for range 3 {
			go func() {
				v, _ := c.Get(t.Context(), "a", load)
				got <- v
			}()
		}
		synctest.Wait()
		c.Forget("a")
		close(release)
		for range 3 {
			if v := <-got; v != 1 {
				t.Errorf("a caller got %d, want what was being loaded", v)
			}
		}
		if v, _ := c.Get(t.Context(), "a", load); v != 2 {
			t.Errorf("after it was forgotten a is %d, want a new load", v)
		}
	})
}

// A caller who gives up while it loads takes nobody with it.
func TestLoaderGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := New[string, int](2)
		ctx, cancel := context.WithCancel(t.Context())
		go c.Get(ctx, "a", func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		synctest.Wait()
		got := make(chan int)
		go func() {
			v, _ := c.Get(t.Context(), "a", func(context.Context) (int, error) { return 5, nil })
			got <- v
		}()
		synctest.Wait()
		cancel()
		if v := <-got; v != 5 {
			t.Errorf("the one who waited got %d, want its own load", v)
		}
	})
}
