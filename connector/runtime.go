package connector

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"paceline"
	"paceline/internal/limiter"
	"paceline/internal/seal"
	"paceline/mapping"
	"paceline/script"
)

// Instances gives the engine the account connectors of steps. Who asks holds what it is given for its call, no longer;
// implementations keep them sealed, and forget one when it changes.
type Instances interface {
	// Instance returns the account connector with the id as the account (its own or its parent's) may use
	// it, or an error of the catalogue when there is none or it has no credential.
	Instance(ctx context.Context, account paceline.Scope, id int32) (*Instance, error)
	// InstanceAt is Instance for the release that a step is pinned to, whatever release the account connector
	// was installed with or has moved to since.
	InstanceAt(ctx context.Context, account paceline.Scope, id int32, release paceline.ReleaseKey) (*Instance, error)
	// InstanceNamed returns the account connector with the name, of the account or else of its parent.
	InstanceNamed(ctx context.Context, account paceline.Scope, name string) (*Instance, error)
}

// Runtime makes calls. It is safe for concurrent use.
type Runtime struct {
	transport http.RoundTripper
	keySets   keySets
	clock     paceline.Clock
	log       *slog.Logger
	sends     int
	window    time.Duration

	maxRequest, maxFile, maxResponse int64

	pauses    []time.Duration
	limiter   *limiter.Limiter
	breakers  *limiter.Breakers
	quota     Quota
	renewer   Renewer
	holds     Holds
	unsaved   unsavedHolds
	wires     map[string]http.RoundTripper // by transport
	utilities map[string]Utility           // by the key of their connector
	scripts   *script.Pool
	storage   ScriptStorage // nil: storage functions throw
}

// Config is what a Runtime needs; Transport must be set.
type Config struct {
	Transport http.RoundTripper // the guarded way out; it must not follow redirects
	// Wires carry the calls of other transports, by their name; see wire.go. One that is missing is Transport's.
	Wires   map[string]http.RoundTripper
	Clock   paceline.Clock // nil: the machine's
	Logger  *slog.Logger   // nil: slog.Default
	Limits  Limits
	Limiter *limiter.Limiter // nil: one of its own
	Quota   Quota            // of scopes app and partner; nil: per node
	Scripts *script.Pool     // nil: what has scripts fails
	Renewer Renewer          // of access tokens; nil: they are used as they are
	Holds   Holds            // what remembers refusals; nil: the memory alone
}

// Limits bound a call; zero values take the defaults. What one try may do (decision D-27) can only be less.
type Limits struct {
	Sends    int           // calls sent within one try, 3
	Window   time.Duration // no call is sent again after this, 30 s
	Request  int64         // bytes of a request's body, 25 MiB
	File     int64         // bytes of a body with files that are not in memory, 100 MiB
	Response int64         // bytes of an answer after decompression, 50 MiB; a definition may say less
}

// The defaults of Limits.
const (
	DefaultSends    = 3
	DefaultWindow   = 30 * time.Second
	DefaultRequest  = 25 << 20
	DefaultFile     = 100 << 20
	DefaultResponse = 50 << 20
)

// New returns a Runtime.
func New(config Config) *Runtime {
	r := &Runtime{
		transport: config.Transport, clock: config.Clock, log: config.Logger,
		sends: config.Limits.Sends, window: config.Limits.Window,
		pauses: []time.Duration{500 * time.Millisecond, 2 * time.Second}, limiter: config.Limiter, quota: config.Quota,
		renewer: config.Renewer, holds: config.Holds, wires: config.Wires,
	}
	r.unsaved.list, r.unsaved.over = map[limiter.Key]*unsavedHold{}, make(chan struct{})
	r.scripts = config.Scripts
	if r.maxRequest = config.Limits.Request; r.maxRequest <= 0 {
		r.maxRequest = DefaultRequest
	}
	if r.maxFile = config.Limits.File; r.maxFile <= 0 {
		r.maxFile = DefaultFile
	}
	if r.maxResponse = config.Limits.Response; r.maxResponse <= 0 {
		r.maxResponse = DefaultResponse
	}
	if r.clock == nil {
		r.clock = paceline.SystemClock{}
	}
	if r.limiter == nil {
		r.limiter = limiter.New(r.clock)
	}
	r.breakers = limiter.NewBreakers(r.clock)
	if r.log == nil {
		r.log = slog.Default()
	}
	if r.sends <= 0 || r.sends > DefaultSends {
		r.sends = DefaultSends
	}
	if r.window <= 0 || r.window > DefaultWindow {
		r.window = DefaultWindow
	}
	return r
}

// Call is one call of a method for one execution of a step.
type Call struct {
	Instance *Instance
	Method   *Method
	Inputs   mapping.Inputs
	// IdempotencyKey is sent where the method declares a header for it; it is the same for every repeat. Pages and
	// chunks after the first get their number behind it.
	IdempotencyKey string
	// Merge answers the names of the running system, such as TransactionId; nil answers none.
	Merge func(name string) (string, bool)
	// Ready is asked once the request is built: with an error, such as of a merge field that could not be read,
	// it is not sent. It may be nil.
	Ready func() error
	// Asked is the Result.Asked of a call that had to wait in the middle of its scripts.
	Asked []Asked
	// Webhook is what the methods of a subscription are about; nil for others.
	Webhook *WebhookInfo
	// Page is the Next of the call before, for all but the first page or chunk of a long call. The inputs
	// must be the same each time, and a Page belongs to one release of one method.
	Page *PageState
	// Cursor is the step's, for methods that have one (Method.Cursor); nil for callers that keep none, who get all
	// that the vendor gives. Pages after the first take the Cursor of the result before.
	Cursor *Cursor
	// LogRequest keeps request and response texts in the exchanges.
	LogRequest bool
	// Behalf says for whom the call is made; utilities depend on it.
	Behalf Behalf
	// Lend finds the account connector with the name whose credential a parameter in: credential asks for, as the
	// account may use it; nil lends none.
	Lend func(ctx context.Context, name string) (*Instance, error)
	// Script is what the scripts of step and definition need.
	Script ScriptCall
	// InUse are the locations of the answer that later steps take values from, for methods that ask for these alone.
	InUse []string
	// Sink takes an answer above 1 MiB whose rows can be read one by one; nil keeps every answer in memory.
	Sink Sink
	// Files keeps files out of the values of a transaction; nil for callers without one, whose files are values.
	Files Files
	// Deadline ends the call with all its repeats; zero leaves the method's time limit per send.
	Deadline time.Time

	outer []string // secret inputs of the call that this one is a part of
}

// Result is what a call brought, also a failed one.
type Result struct {
	// Output is the JSON document for later steps; nil when the answer had no content.
	Output json.RawMessage
	// Streamed is the size of an answer that went to the Sink, in place of Output.
	Streamed int64
	// Rows is the number of rows in Output: of the declared list, else 1, or 0 without Output.
	Rows int
	// Next leads to the page or chunk that follows; nil after the last one. A page that failed has none; a
	// chunk that failed has, for callers that go on.
	Next *PageState
	// Beyond says that the chunk begins behind the last item, so that nothing was sent.
	Beyond bool
	// After is how long to wait before Next is called; 0 but for jobs of the vendor.
	After time.Duration
	// Cursor is what the step's cursor becomes with this output; nil without one.
	Cursor *Cursor
	// RowErrors are the items that the remote refused although the call as a whole succeeded; each is a
	// warning, too, up to a hundred.
	RowErrors []RowError
	Exchanges []Exchange
	// OutputIsResponse says that Output is, byte for byte, the Response of the last exchange.
	OutputIsResponse bool
	Warnings         []Warning
	// Data is what scripts left in action_data, for later events of the same step.
	Data json.RawMessage
	// Asked is what scripts have done before the call had to wait; it is given to the call that is made after the wait.
	Asked         []Asked
	seen          map[string]any // what scripts see of the last call besides its answer
	got           *answer        // of it, for scripts that come later
	TasksOK       int
	TasksIncident int
}

// Exchange is one HTTP call that was sent, secrets masked.
type Exchange struct {
	Request  []byte // request line, headers, empty line, body; nil unless logged
	Response []byte // body; nil unless logged
	Status   int    // 0 when no answer came
	Duration time.Duration
	At       time.Time
}

// Call builds the request, sends it, and reads the answer. The error is always an *Error; the Result holds
// the exchanges and task counts either way.
//
// A call is sent up to three times within 30 seconds if its method may be repeated and no answer, or 408 or
// 5xx, came. A redirect of GET or HEAD is followed up to five times; the credential goes along only to the
// same scheme, host and port.
//
// A call that a limit or an earlier refusal holds is not made: the error is of ClassThrottled with Waiting
// and the time after which to call again. Nobody waits in here.
func (r *Runtime) Call(ctx context.Context, c Call) (Result, error) {
	if c.Method.job != nil {
		return r.callJob(ctx, c)
	}
	return r.once(ctx, c)
}

// once makes one call of the method's own request.
func (r *Runtime) once(ctx context.Context, c Call) (Result, error) {
	if !c.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Deadline.Sub(r.clock.Now())) // by its clock: the machine's wall may be another
		defer cancel()
	}
	if n := c.Page.Parts(); n > 0 && c.IdempotencyKey != "" {
		c.IdempotencyKey += "-" + strconv.Itoa(n)
	}
	c.Instance = c.Instance.newest()
	c.Instance = c.Instance.withStep(c.Method, c.Inputs)
	own := c.Instance
	if failed := c.borrow(ctx); failed != nil {
		return Result{}, failed
	}
	call := &running{runtime: r, Call: c, own: own, prepared: c.Instance.prepare(), asked: c.Asked}
	call.hide()
	call.scripted = call.scripting()
	err := call.run(ctx)
	if call.scripted != nil {
		if err != nil {
			err = call.scripted.afterError(ctx, err)
		}
		call.remember(err)
	}
	call.maskOwn(err)
	if err != nil {
		return call.result, err
	}
	return call.result, nil
}

// running is one Call on its way.
type running struct {
	Call
	runtime  *Runtime
	own      *Instance // the account connector of the step; Instance is the one whose credential is used
	prepared *prepared
	values   []mapping.Value // of the method's parameters
	hidden   *seal.Masker    // of secret ones among the inputs; nil without any
	held     time.Duration   // how long the credential is held after the last send
	session  int             // number of the session that the call uses
	linkMark string          // what a cursor of type link is about
	first    int             // of a chunk: its first item
	skip     bool            // a batch without items: there is nothing to send
	scripted *scripted       // nil without scripts
	sent     *outgoing       // what the call sent last, with got as its answer: for after_error
	got      *answer
	asked    []Asked // by scripts, since the step began to wait or the call began
	replayed bool    // got was there before the step had to wait
	again    bool    // the credential was renewed because a script said so
	result   Result
}

func (c *running) run(ctx context.Context) *Error {
	c.sent, c.got = nil, nil
	if c.Method.connector.utility {
		return c.utility(ctx)
	}
	if c.renewable() && c.prepared.grant.due(c.runtime.clock.Now(), c.prepared.oauth.skew) {
		// While the vendor can't be reached, a token that has not ended yet does.
		if failed := c.renew(ctx); failed != nil && (failed.Class == ClassAuth || c.prepared.grant.due(c.runtime.clock.Now(), 0)) {
			return failed
		}
	}
	if c.prepared.failed != nil {
		return c.prepared.failed
	}
	if c.prepared.authFailed != nil {
		return c.prepared.authFailed
	}
	sessions := c.ofSession()
	if sessions != nil {
		if failed := c.open(ctx, sessions, 0); failed != nil {
			return failed
		}
	}
	if c.Method.Replies() {
		return buildError(errReplies)
	}
	if c.Method.Definition.Kind == MethodScript {
		return c.scripted.produce(ctx)
	}
	req, failed := c.build(ctx)
	if failed != nil {
		return failed
	}
	if c.skip {
		c.result.Beyond = true
		return nil
	}
	var a *answer
	if a = c.answeredBefore(); a == nil {
		a, failed = c.send(ctx, req)
	}
	if failed == nil && req.credential && c.renewable() && c.prepared.oauth.refused(a) {
		// The token may have ended before its time, or somebody else has renewed it meanwhile: once more.
		if failed = c.renew(ctx); failed != nil {
			c.result.TasksIncident++
			return failed
		}
		if req, failed = c.build(ctx); failed != nil {
			return failed
		}
		c.result.TasksIncident++ // the answer before
		a, failed = c.send(ctx, req)
	}
	if failed == nil && c.cursorLink() != "" && a.judged(c.Method) == asRestart {
		c.result.TasksIncident++ // the answer before
		c.restart()
		if req, failed = c.build(ctx); failed != nil {
			return failed
		}
		a, failed = c.send(ctx, req)
	}
	if failed == nil && sessions != nil && a.judged(c.Method) == asReconnect {
		// The session may have ended before its time: once more with another one.
		c.result.TasksIncident++ // the answer before
		if failed = c.open(ctx, sessions, c.session); failed == nil {
			a, failed = c.send(ctx, req)
		}
	}
	if failed != nil {
		return failed
	}
	c.sent, c.got = req, a
	failed = c.finishOnce(req, a)
	if failed == nil && c.scripted != nil {
		failed = c.scripted.afterAction(ctx, req, a)
	}
	if failed == nil && c.Method.pager.scripted() {
		failed = c.scripted.nextPage(ctx, req, a)
	}
	if fresh := c.renewed(ctx, failed, sessions); fresh != nil {
		return fresh(ctx)
	}
	return failed
}

// finishOnce is finish for an answer that counts once, also when it was there before the step had to wait.
func (c *running) finishOnce(o *outgoing, a *answer) *Error {
	ok, incident, warnings := c.result.TasksOK, c.result.TasksIncident, len(c.result.Warnings)
	failed := c.finish(o, a)
	if c.replayed {
		c.result.TasksOK, c.result.TasksIncident, c.result.Warnings = ok, incident, c.result.Warnings[:warnings]
	}
	return failed
}

// Rest is the result without what is kept elsewhere, for the scripts that come after the last call.
func (r Result) Rest() Result {
	r.Output, r.Exchanges, r.Warnings, r.Asked, r.got = nil, nil, nil, nil, nil
	return r
}
