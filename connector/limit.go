package connector

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"paceline"
	"paceline/internal/limiter"
	"paceline/mapping"
)

// Quota shares limits of scope app and partner between nodes. Without one they hold per node.
type Quota interface {
	// Take counts one call towards the limit. The zero time says that it may be made, another one when to
	// ask again. Concurrency and Interval of the limit are kept per node and need no answer.
	Take(ctx context.Context, limit limiter.Limit) (notBefore time.Time, err error)
}

// methodLimit is a limit of a method as far as the definition knows it.
type methodLimit struct {
	limiter.Limit
	scope    LimitScope
	property string // whose value stands in place of requests or concurrency, "" for none
}

// throttle is the compiled throttle.
type throttle struct {
	def                                 *ThrottleDef
	remaining, reset, retryAfter, usage string
	pause                               time.Duration
}

// defaultPause is how long calls wait after the last one of those that are allowed.
const defaultPause = 5 * time.Minute

// limits compiles the limits and gives each method those that count for it.
func (b *builder) limits() {
	seen := map[string]bool{}
	for i := range b.def.Limits {
		def := &b.def.Limits[i]
		at := pointer("/limits", i)
		if seen[def.ID] {
			b.add(pointer(at, "id"), fmt.Sprintf("the limit %q is declared a second time", def.ID), "Rename one of them.")
		}
		seen[def.ID] = true
		l := limiter.Limit{Requests: def.Requests, Per: duration(def.Per), Interval: duration(def.Interval), Concurrency: def.Concurrency}
		if (def.Requests > 0) != (def.Per != "") {
			b.add(at, fmt.Sprintf("the limit %s lacks one of requests and per", def.ID), "Write both, for example requests: 100, per: 10s.")
		}
		if def.Requests+def.Concurrency == 0 && def.Interval == "" {
			b.add(at, fmt.Sprintf("the limit %s limits nothing", def.ID), "Add requests with per, interval, or concurrency.")
		}
		if def.Per != "" && l.Per <= 0 || def.Interval != "" && l.Interval <= 0 {
			b.add(at, fmt.Sprintf("the limit %s has a time of nothing", def.ID), "Example: per: 10s")
		}
		if def.Property != "" {
			b.limitProperty(def, pointer(at, "property"))
		}
		used := len(def.Tags) == 0
		if used && def.Scope != LimitMethod {
			all := methodLimit{l, firstScope(def.Scope), def.Property}
			all.Key.Name = def.ID
			b.c.limits = append(b.c.limits, all)
		}
		for j := range b.def.Methods {
			m := b.c.methods[b.def.Methods[j].ID]
			tagged := slices.ContainsFunc(b.def.Methods[j].Tags, func(tag string) bool { return slices.Contains(def.Tags, tag) })
			used = used || tagged
			if len(def.Tags) > 0 && !tagged {
				continue
			}
			mine := methodLimit{l, firstScope(def.Scope), def.Property}
			mine.Key.Name = def.ID
			m.limits = append(m.limits, mine)
		}
		if !used {
			b.warn(pointer(at, "tags"), fmt.Sprintf("no method has a tag of the limit %s, so it limits nothing", def.ID), "Add tags to the methods that count.")
		}
	}
	if def := b.def.Throttle; def != nil {
		t := &throttle{def: def}
		for _, h := range []struct {
			key, name string
			to        *string
		}{{"remaining", def.Remaining, &t.remaining}, {"reset", def.Reset, &t.reset}, {"retryAfter", def.RetryAfter, &t.retryAfter}, {"usage", def.Usage, &t.usage}} {
			if h.name != "" {
				*h.to = b.header(pointer("/throttle", h.key), h.name)
			}
		}
		alone := def.Remaining != "" && def.Reset == "" && def.Pause != "" // the pause stands in for the time that no header tells
		if def.Reset == "" && (def.Remaining != "" && !alone || def.ResetFormat != "") {
			b.add("/throttle", "throttle lacks the key \"reset\"", "Add the header that says when there are calls again, or pause where none does.")
		}
		if t.pause = defaultPause; def.Pause != "" {
			t.pause = duration(def.Pause)
		}
		if def.Usage == "" && def.Pause != "" && !alone {
			b.add("/throttle/pause", "throttle has a pause but no usage", "Add the header that says how many calls were made, or remove pause.")
		}
		b.c.throttle = t
	}
}

// limitProperty checks that the number of a limit can come from a property.
func (b *builder) limitProperty(def *LimitDef, at string) {
	if !slices.ContainsFunc(b.def.Properties, func(p Property) bool { return p.Name == def.Property && p.Scope == ScopeAccount }) {
		b.add(at, fmt.Sprintf("%q is not a property of scope account", shorten(def.Property)), "Declare the property with the number.")
	}
	if s := firstScope(def.Scope); s != LimitInstance && s != LimitMethod {
		b.add(at, fmt.Sprintf("a limit of scope %s is shared by account connectors that may have other numbers", s), "Remove property, or use scope instance or method.")
	}
	if (def.Requests > 0) == (def.Concurrency > 0) {
		b.add(at, fmt.Sprintf("the limit %s has not one number which the property could stand for", def.ID), "Give it requests with per, or concurrency.")
	}
}

// allowed is the limit with the number that the account connector has for it.
func (i *Instance) allowed(own methodLimit) limiter.Limit {
	l := own.Limit
	if own.property == "" {
		return l
	}
	n, err := strconv.Atoi(strings.TrimSpace(i.prepare().properties[own.property]))
	switch {
	case err != nil || n < 1 || n > 1_000_000: // the definition's own number
	case l.Requests > 0:
		l.Requests = n
	default:
		l.Concurrency = n
	}
	return l
}

func firstScope(s LimitScope) LimitScope {
	if s == "" {
		return LimitInstance
	}
	return s
}

// credential is what calls are held by after the remote refused one.
func (i *Instance) credential() limiter.Key {
	return credentialKey(i.Root, i.ID)
}

func credentialKey(root int64, connector int32) limiter.Key {
	return limiter.Key{Scope: "instance", Owner: root, Instance: connector}
}

// limitsOf returns the limits of a method's calls with their keys.
func (i *Instance) limitsOf(m *Method) []limiter.Limit {
	limits := m.limits
	if !i.Compiled.is(m.connector) { // a call with a credential that is lent
		limits = i.Compiled.limits
	}
	if len(limits) == 0 {
		return nil
	}
	list := make([]limiter.Limit, len(limits))
	uid := string(i.Compiled.UID())
	for k, own := range limits {
		l := i.allowed(own)
		name := l.Key.Name
		switch own.scope {
		case LimitInstance:
			l.Key = limiter.Key{Scope: "instance", Owner: i.Root, Instance: i.ID, Name: name}
		case LimitMethod:
			l.Key = limiter.Key{Scope: "method", Owner: i.Root, Instance: i.ID, Name: name + " " + m.ID}
		case LimitAccount:
			l.Key = limiter.Key{Scope: "account", Owner: i.Account, Name: name + " " + uid}
		case LimitPartner:
			l.Key = limiter.Key{Scope: "partner", Owner: i.Partner, Name: name + " " + uid}
		case LimitApp:
			l.Key = limiter.Key{Scope: "app", Name: name + " " + uid}
		}
		list[k] = l
	}
	return list
}

// Forecast returns when these calls, by method, will have been made, if nobody else calls: each limit counts those
// that share it, and what the remote has asked for counts before.
func (r *Runtime) Forecast(i *Instance, calls map[string]int) time.Time {
	limits, sums := map[limiter.Key]limiter.Limit{}, map[limiter.Key]int{}
	all := 0
	for id, n := range calls {
		m := i.Compiled.Method(id)
		if m == nil || n == 0 {
			continue
		}
		all += n
		for _, l := range i.limitsOf(m) {
			limits[l.Key] = l
			sums[l.Key] += n
		}
	}
	end := r.clock.Now()
	if all > 0 {
		end = r.limiter.Forecast(i.credential(), nil, all)
	}
	for key, l := range limits {
		if at := r.limiter.Forecast(i.credential(), []limiter.Limit{l}, sums[key]); at.After(end) {
			end = at
		}
	}
	return end
}

// acquire takes leave for one send, or fails with the time to wait; nothing was sent then.
func (c *running) acquire(ctx context.Context) (*limiter.Permit, *Error) {
	limits := c.Instance.limitsOf(c.Method)
	permit, refusal := c.runtime.limiter.Acquire(c.Instance.credential(), limits)
	if permit == nil {
		return nil, c.waits(refusal)
	}
	if c.runtime.quota == nil {
		return permit, nil
	}
	for _, l := range limits {
		if s := LimitScope(l.Key.Scope); s != LimitApp && s != LimitPartner {
			continue
		}
		at, err := c.runtime.quota.Take(ctx, l)
		if err != nil {
			at = c.runtime.clock.Now().Add(5 * time.Second)
		}
		if !at.IsZero() {
			permit.Done(limiter.Outcome{})
			failed := c.waits(limiter.Refusal{NotBefore: at, Limit: l.Key.Name})
			failed.Err = err
			return nil, failed
		}
	}
	return permit, nil
}

// waits is the error of a call that is not made yet.
func (c *running) waits(r limiter.Refusal) *Error {
	e := &Error{
		Class: ClassThrottled, Code: paceline.CodeCallHeld, Waiting: true,
		RetryAfter: max(r.NotBefore.Sub(c.runtime.clock.Now()), time.Millisecond),
		Detail:     "The connector takes no calls at the moment; the call waits.",
	}
	if r.Limit != "" {
		e.Limit, _, _ = strings.Cut(r.Limit, " ")
		e.Detail = "The call waits for the limit " + e.Limit + " of the connector."
	}
	return e
}

// release gives the permit back with what the answer says about limits; a is nil when none came.
func (c *running) release(ctx context.Context, permit *limiter.Permit, a *answer) {
	var o limiter.Outcome
	if a != nil {
		o.Throttled = a.judged(c.Method) == asRateLimited
		o.Answered = !o.Throttled && a.status < 500
		now := c.runtime.clock.Now()
		if o.Throttled {
			o.RetryAfter = limiter.RetryAfter(a.retryAfter, now)
		}
		if t := c.Instance.Compiled.throttle; t != nil {
			at := t.learn(a.header, now, o.Throttled)
			if o.Throttled && o.RetryAfter == 0 && at.After(now) {
				o.RetryAfter = at.Sub(now)
			} else if !o.Throttled {
				o.Until = at
			}
		}
	}
	held, changed := permit.Done(o)
	c.held = held
	if changed != nil {
		c.runtime.remember(ctx, c.Instance, *changed)
	}
}

// usage is one count of calls that were made, with how many are allowed.
var usage = regexp.MustCompile(`(\d{1,15})/(\d{1,15})`)

// usedUp reports whether one of the counts in the header has come to its end.
func usedUp(text string) bool {
	return slices.ContainsFunc(usage.FindAllStringSubmatch(text, 20), func(m []string) bool {
		made, _ := strconv.ParseInt(m[1], 10, 64)
		allowed, _ := strconv.ParseInt(m[2], 10, 64)
		return allowed > 0 && made >= allowed
	})
}

// learn returns when there are calls again, if the headers say that none is left or the call was refused.
func (t *throttle) learn(h http.Header, now time.Time, refused bool) time.Time {
	if t.usage != "" && usedUp(h.Get(t.usage)) {
		return now.Add(t.pause)
	}
	left, err := strconv.ParseFloat(strings.TrimSpace(h.Get(t.remaining)), 64)
	none := t.remaining != "" && err == nil && left < 1
	switch {
	case t.reset == "" && none && t.def.Pause != "":
		return now.Add(t.pause)
	case t.reset == "" || !refused && !none:
		return time.Time{}
	}
	text := strings.TrimSpace(h.Get(t.reset))
	number, err := strconv.ParseFloat(text, 64)
	isNumber := err == nil && number > 0 && number < 1e15
	switch format := firstOf(t.def.ResetFormat, "epoch_s"); {
	case format == "date":
		if at, ok := mapping.DateOf(mapping.Quote(text)); ok {
			return at
		}
		at, _ := http.ParseTime(text)
		return at
	case !isNumber:
	case format == "epoch_s" && number < 1e11:
		return time.UnixMicro(int64(number * 1e6))
	case format == "epoch_s", format == "epoch_ms": // the one may come as the other
		return time.UnixMilli(int64(number))
	case format == "seconds":
		return now.Add(time.Duration(min(number, limiter.MaxHold.Seconds()) * float64(time.Second)))
	case format == "ms":
		return now.Add(time.Duration(min(number, 1000*limiter.MaxHold.Seconds()) * float64(time.Millisecond)))
	}
	return time.Time{}
}
