package session

import (
	"encoding/json"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"paceline"
	"paceline/server/fault"
	"paceline/server/origin"
	"paceline/tenant"
)

// Path is where people sign in (POST), ask who they are (GET), go to another of their accounts (PUT) and sign out (DELETE).
const Path = "/session"

const maxBody = 16 << 10

// Handler answers Path.
type Handler struct {
	Tenant *tenant.Tenant
	Log    *slog.Logger
	// PublicURL and ServiceURL are where the API and webhooks are reached, for the application to show. With https
	// the cookie is sent over TLS alone.
	PublicURL, ServiceURL string
}

// answer is who is signed in. It has no secret.
type answer struct {
	UserName string
	Partner  string
	Full     bool              // every right
	Rights   map[string]string // area to View, Edit or Manage
	Factor   bool              `json:"SecondFactor"`
	Needs    bool              `json:"NeedsSecondFactor"` // the partner asks for one, and nothing else is answered before
	Account  *account          `json:",omitempty"`        // of a user of one account
	Accounts []place           `json:",omitempty"`        // that a user of several may go to
	APIURL   string            `json:"ApiUrl"`
	Service  string            `json:"ServiceUrl"`
}

type place struct{ Id, Name string }

type account struct {
	Id, Name      string
	Administrator bool
	Timezone      string // in which its pages show times and read those of filters
}

var levels = map[paceline.RightLevel]string{
	paceline.NoRight: "None", paceline.ViewRight: "View", paceline.EditRight: "Edit", paceline.ManageRight: "Manage",
}

// ServeHTTP signs in, tells who is signed in, or signs out. Errors: 400 for what cannot be read, 401 for a wrong name
// or password and for nobody, 403 for a page of another site, 429 after many wrong passwords.
func (h *Handler) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if strings.EqualFold(q.URL.Path, FactorPath) {
		h.factor(w, q)
		return
	}
	var err error
	switch q.Method {
	case http.MethodGet, http.MethodHead:
		err = h.show(w, q)
	case http.MethodPost:
		err = h.begin(w, q)
	case http.MethodPut:
		err = h.change(w, q)
	case http.MethodDelete:
		err = h.end(w, q)
	default:
		err = paceline.Fail(paceline.CodeMethodNotAllowed, "method", q.Method)
	}
	if err != nil {
		fault.Of(q.Context(), h.Log, err).Write(w)
	}
}

// read reads what a page of our own sends.
func read(w http.ResponseWriter, q *http.Request) (in tenant.SessionRequest, err error) {
	if err := origin.Change(q); err != nil {
		return in, err
	}
	if kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type")); kind != "application/json" {
		return in, paceline.Fail(paceline.CodeRequestInvalid)
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, q.Body, maxBody)).Decode(&in); err != nil {
		return in, paceline.Fail(paceline.CodeRequestInvalid)
	}
	return in, nil
}

// change goes to another account of the signed-in user. A frame stays with the account for which its page was opened.
func (h *Handler) change(w http.ResponseWriter, q *http.Request) error {
	in, err := read(w, q)
	if err != nil {
		return err
	}
	if h.cookie().framed(q) {
		return paceline.Fail(paceline.CodeForbidden)
	}
	s, err := h.Tenant.SwitchSession(q.Context(), h.cookie().Token(q), in.Account)
	if err != nil {
		return err
	}
	http.SetCookie(w, h.cookie().with(s.Token, max(1, int(s.Left.Seconds()))))
	return h.write(w, s)
}

func (h *Handler) begin(w http.ResponseWriter, q *http.Request) error {
	in, err := read(w, q)
	if err != nil {
		return err
	}
	in.From = fault.Client(q.Context())
	s, err := h.Tenant.BeginSession(q.Context(), in)
	if paceline.CodeOf(err) == paceline.CodeSecondFactor {
		w.Header().Set(factorHeader, "needed")
	}
	if err != nil {
		return err
	}
	endFrame(w, q)
	http.SetCookie(w, h.cookie().with(s.Token, int(tenant.SessionLife.Seconds())))
	return h.write(w, s)
}

func (h *Handler) cookie() Cookie { return CookieAt(h.PublicURL) }

func (h *Handler) show(w http.ResponseWriter, q *http.Request) error {
	s, err := h.Tenant.SessionOf(q.Context(), h.cookie().Token(q))
	if err != nil {
		return err
	}
	if err := h.Tenant.AdmitAddress(q.Context(), s.Principal, fault.Client(q.Context())); err != nil {
		return err
	}
	if h.cookie().framed(q) {
		s.Accounts = nil
	}
	return h.write(w, s)
}

func (h *Handler) end(w http.ResponseWriter, q *http.Request) error {
	if err := origin.Change(q); err != nil {
		return err
	}
	if err := h.Tenant.EndSession(q.Context(), h.cookie().Token(q)); err != nil {
		return err
	}
	endFrame(w, q)
	http.SetCookie(w, h.cookie().with("", -1))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *Handler) write(w http.ResponseWriter, s tenant.Session) error {
	out := answer{
		UserName: s.Principal.Name, Partner: s.Partner.Name, Full: s.Principal.Rights.Full, Rights: map[string]string{}, Factor: s.HasFactor, Needs: s.Principal.NeedsFactor,
		APIURL: h.PublicURL, Service: s.Partner.Settings.ServiceAt(h.ServiceURL),
	}
	for area, level := range s.Principal.Rights.Areas {
		out.Rights[area] = levels[level]
	}
	if len(s.Accounts) > 1 {
		for _, a := range s.Accounts {
			out.Accounts = append(out.Accounts, place{a.APIID, a.Name})
		}
	}
	if s.Account.Num != 0 {
		out.Account = &account{Id: s.Account.APIID, Name: s.Account.Name, Administrator: s.Principal.Administrator, Timezone: s.Account.Timezone}
	}
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(body)
	return nil
}
