package catalog

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// ConnectorFilter chooses connectors; zero values choose all.
type ConnectorFilter struct {
	Query    string // part of the name, in any letter case
	Category string // exact, in any letter case
	NoCustom bool   // without those of the account alone
}

// Connectors returns a page of the connectors that can be installed: each one's live release.
func (r *Room) Connectors(ctx context.Context, p paceline.Principal, f ConnectorFilter, page paceline.Page) (paceline.List[Connector], error) {
	var out paceline.List[Connector]
	rows, err := r.liveRows(ctx, p)
	if err != nil {
		return out, err
	}
	query := store.Fold(f.Query)
	var list []Connector
	for _, row := range rows {
		if !strings.Contains(store.Fold(row.Name), query) || f.NoCustom && row.Account != 0 {
			continue
		}
		rel, err := r.releases.Get(ctx, p.Partner, row.Key.UID, row.Key.Version)
		if err != nil {
			return out, err
		}
		if c := ConnectorOf(rel); f.Category == "" || slices.ContainsFunc(c.Categories, func(have string) bool { return strings.EqualFold(have, f.Category) }) {
			list = append(list, c)
		}
	}
	if strings.EqualFold(page.OrderBy, "Id") {
		slices.SortFunc(list, func(a, b Connector) int { return cmp.Compare(a.ID, b.ID) })
	}
	if page.Descending {
		slices.Reverse(list)
	}
	out.Total = len(list)
	from := min(page.Offset(), len(list))
	out.Items = list[from:min(from+page.Limit(), len(list))]
	return out, nil
}

// Connector returns a connector by its id; release "" means the live one. Errors: NotFound.
func (r *Room) Connector(ctx context.Context, p paceline.Principal, id int32, release string) (Connector, error) {
	rel, err := r.releaseByID(ctx, p, id, release)
	if err != nil {
		return Connector{}, hideDraft(err)
	}
	return ConnectorOf(rel), nil
}

// ConnectorsNamed returns the connectors with a name, in any letter case, and a vendor's API version
// unless it is "": an empty list when there are none.
func (r *Room) ConnectorsNamed(ctx context.Context, p paceline.Principal, name, version string) ([]Connector, error) {
	list, err := r.releasesNamed(ctx, p, name, version)
	if err != nil {
		return nil, err
	}
	out := make([]Connector, len(list))
	for i, rel := range list {
		out[i] = ConnectorOf(rel)
	}
	return out, nil
}

// ConnectorRef names a connector as paths do: by ID, or else by Name and perhaps the vendor's Version.
type ConnectorRef struct {
	ID            int32
	Name, Version string
	// Release is our number of the release; "" means the live one.
	Release string
}

// MethodFilter chooses methods; zero values choose all.
type MethodFilter struct {
	Query    string // part of the name, in any letter case
	Category string // exact, in any letter case
}

// Methods returns the methods and triggers of a connector by category and name, without hidden ones.
// Of several connectors with one name it takes the highest vendor version. Errors: NotFound.
func (r *Room) Methods(ctx context.Context, p paceline.Principal, ref ConnectorRef, f MethodFilter) ([]Method, error) {
	rel, err := r.resolve(ctx, p, ref)
	if err != nil {
		return nil, hideDraft(err)
	}
	var list []Method
	add := func(id string, hidden bool) {
		if hidden {
			return
		}
		m, found := MethodOf(rel, rel.Compiled.MethodUID(id))
		if found && strings.Contains(store.Fold(m.Name), store.Fold(f.Query)) && (f.Category == "" || strings.EqualFold(m.Category, f.Category)) {
			list = append(list, m)
		}
	}
	for _, m := range rel.Definition.Methods {
		add(m.ID, m.Hidden)
	}
	for _, t := range rel.Definition.Triggers {
		add(t.ID, t.Hidden)
	}
	slices.SortFunc(list, func(a, b Method) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// Method returns a method by its id, hidden ones too. Errors: NotFound.
func (r *Room) Method(ctx context.Context, p paceline.Principal, id int32) (Method, error) {
	if err := mayRead(p); err != nil {
		return Method{}, err
	}
	var uid paceline.ID
	var key string
	err := r.store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		var err error
		if uid, key, found, err = tx.MethodElement(store.ElementOwner(p.Partner), store.ReleaseOwner(p.Partner, p.RestrictedTo), id); err != nil || !found {
			return orNotFound(err, "Method")
		}
		return nil
	})
	if err != nil {
		return Method{}, err
	}
	return r.methodWhere(ctx, p, func(row store.ConnectorRelease) bool { return row.Key.UID == uid },
		func(rel *cycle.Release) paceline.ID { return rel.Compiled.MethodUID(key) })
}

// MethodByUID returns a method by its unique identifier, hidden ones too. Errors: NotFound.
func (r *Room) MethodByUID(ctx context.Context, p paceline.Principal, uid paceline.ID) (Method, error) {
	return r.methodWhere(ctx, p, func(store.ConnectorRelease) bool { return true }, func(*cycle.Release) paceline.ID { return uid })
}

func (r *Room) methodWhere(ctx context.Context, p paceline.Principal, want func(store.ConnectorRelease) bool, uid func(*cycle.Release) paceline.ID) (Method, error) {
	rows, err := r.liveRows(ctx, p)
	if err != nil {
		return Method{}, err
	}
	for _, row := range rows {
		if !want(row) {
			continue
		}
		rel, err := r.releases.Get(ctx, p.Partner, row.Key.UID, row.Key.Version)
		if err != nil {
			return Method{}, err
		}
		if m, found := MethodOf(rel, uid(rel)); found {
			return m, nil
		}
	}
	return Method{}, notFound("Method")
}

// resolve finds the release that a path means. Errors: NotFound; Invalid with CodeConnectorDraft.
func (r *Room) resolve(ctx context.Context, p paceline.Principal, ref ConnectorRef) (*cycle.Release, error) {
	if ref.ID != 0 {
		return r.releaseByID(ctx, p, ref.ID, ref.Release)
	}
	list, err := r.releasesNamed(ctx, p, ref.Name, ref.Version)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, r.noneLive(ctx, p, ref)
	}
	rel := slices.MaxFunc(list, func(a, b *cycle.Release) int {
		return strings.Compare(versionOrder(a.APIVersion), versionOrder(b.APIVersion))
	})
	if ref.Release != "" {
		return r.releaseByID(ctx, p, rel.ConnectorID, ref.Release)
	}
	return rel, nil
}

// versionOrder makes vendors' versions comparable as text: each run of digits is padded, "v10" above "v9".
func versionOrder(version string) string {
	var b strings.Builder
	start := -1
	for i := 0; i <= len(version); i++ {
		digit := i < len(version) && version[i] >= '0' && version[i] <= '9'
		if digit && start < 0 {
			start = i
		}
		if !digit && start >= 0 {
			b.WriteString(strings.Repeat("0", max(0, 12-(i-start))))
			b.WriteString(version[start:i])
			start = -1
		}
		if !digit && i < len(version) {
			b.WriteByte(version[i])
		}
	}
	return b.String()
}

func (r *Room) releaseByID(ctx context.Context, p paceline.Principal, id int32, release string) (*cycle.Release, error) {
	rows, err := r.rows(ctx, p)
	if err != nil {
		return nil, err
	}
	draft := false
	for _, row := range rows {
		if row.ConnectorID != id {
			continue
		}
		if release == "" && row.Status == paceline.ReleaseLive || release != "" && row.Key.Version == release {
			return r.releases.Get(ctx, p.Partner, row.Key.UID, row.Key.Version)
		}
		draft = draft || row.Status == paceline.ReleaseDraft
	}
	if draft && release == "" {
		return nil, errDraft(id)
	}
	return nil, notFound("Connector")
}

// noneLive says why no connector of a name can be meant: it is not there, or it has drafts alone.
func (r *Room) noneLive(ctx context.Context, p paceline.Principal, ref ConnectorRef) error {
	rows, err := r.rows(ctx, p)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Status == paceline.ReleaseDraft && ref.names(row) {
			return errDraft(row.ConnectorID)
		}
	}
	return notFound("Connector")
}

// names reports whether a release has the name and, where one is given, the version.
func (ref ConnectorRef) names(row store.ConnectorRelease) bool {
	return store.Fold(row.Name) == store.Fold(ref.Name) && (ref.Version == "" || strings.EqualFold(row.APIVersion, ref.Version))
}

func errDraft(id int32) error { return paceline.Fail(paceline.CodeConnectorDraft, "id", id) }

// hideDraft makes a connector that has only drafts unknown to those who read; an install is told.
func hideDraft(err error) error {
	if paceline.CodeOf(err) == paceline.CodeConnectorDraft {
		return notFound("Connector")
	}
	return err
}

func (r *Room) releasesNamed(ctx context.Context, p paceline.Principal, name, version string) ([]*cycle.Release, error) {
	rows, err := r.liveRows(ctx, p)
	if err != nil {
		return nil, err
	}
	var list []*cycle.Release
	for _, row := range rows {
		if !(ConnectorRef{Name: name, Version: version}).names(row) {
			continue
		}
		rel, err := r.releases.Get(ctx, p.Partner, row.Key.UID, row.Key.Version)
		if err != nil {
			return nil, err
		}
		list = append(list, rel)
	}
	return list, nil
}

func (r *Room) liveRows(ctx context.Context, p paceline.Principal) ([]store.ConnectorRelease, error) {
	rows, err := r.rows(ctx, p)
	return slices.DeleteFunc(rows, func(row store.ConnectorRelease) bool { return row.Status != paceline.ReleaseLive }), err
}

// inside is the caller as one who sees what an account alone has.
func inside(p paceline.Principal, a paceline.Account) paceline.Principal {
	p.RestrictedTo = a.Num
	return p
}

// rows returns every release that the caller's partner may use, and those of the account that the caller is restricted to.
func (r *Room) rows(ctx context.Context, p paceline.Principal) (rows []store.ConnectorRelease, err error) {
	if err := mayRead(p); err != nil {
		return nil, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		rows, err = tx.ConnectorReleases(p.Partner, p.RestrictedTo)
		return err
	})
	return rows, err
}
