package cycle

import (
	"context"
	"fmt"
	"iter"
	"maps"

	"paceline"
	"paceline/connector"
	"paceline/internal/memo"
	"paceline/store"
)

// Release is one published release of a connector, ready to run, with the ids of its parts. It is immutable.
type Release struct {
	store.ConnectorRelease
	Definition *connector.Definition
	Compiled   *connector.Compiled
	elements   map[store.Element]int32 // by kind and key of connector.Element
	custom     map[store.Element]int32 // of fields that an account connector adds
	methods    map[paceline.ID]string  // by MethodUniqueIdentifier: the id of a method or trigger
}

// ID returns the integer id of an element, 0 for one that the registry does not know.
func (r *Release) ID(kind connector.ElementKind, key string) int32 {
	e := store.Element{Kind: string(kind), Key: key}
	if id, own := r.custom[e]; own {
		return id
	}
	return r.elements[e]
}

// MethodID returns the integer id of a method or trigger.
func (r *Release) MethodID(id string) int32 { return r.ID(connector.MethodElement, id) }

// MethodUIDOf returns the unique identifier of the method or trigger with an integer id, "" for none.
func (r *Release) MethodUIDOf(id int32) paceline.ID {
	for uid, key := range r.methods {
		if r.MethodID(key) == id {
			return uid
		}
	}
	return ""
}

// Method finds a method or trigger by its unique identifier. At most one of both is not nil.
func (r *Release) Method(uid paceline.ID) (*connector.MethodDef, *connector.TriggerDef) {
	id, known := r.methods[uid]
	if !known {
		return nil, nil
	}
	return r.MethodByID(id)
}

// MethodByID finds a method or trigger by its id in the definition.
func (r *Release) MethodByID(id string) (*connector.MethodDef, *connector.TriggerDef) {
	for i := range r.Definition.Methods {
		if r.Definition.Methods[i].ID == id {
			return &r.Definition.Methods[i], nil
		}
	}
	for i := range r.Definition.Triggers {
		if r.Definition.Triggers[i].ID == id {
			return nil, &r.Definition.Triggers[i]
		}
	}
	return nil, nil
}

// NewRelease compiles a release. It fails when the definition does not compile.
func NewRelease(row store.ConnectorRelease, elements map[store.Element]int32) (*Release, error) {
	name := row.ConnectorKey + " " + row.Key.Version
	def, problems := connector.Parse(name, row.Document)
	if def == nil || connector.Failed(problems) {
		return nil, fmt.Errorf("read connector release %s: %v", name, problems)
	}
	if row.Signer != "" {
		if err := def.CheckSignature(row.Icon, connector.Signature{Signer: row.Signer, Signature: row.Signature}); err != nil {
			return nil, fmt.Errorf("read connector release %s: it is not what was published: %w", name, err)
		}
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		return nil, fmt.Errorf("compile connector release %s: %w", name, err)
	}
	r := &Release{ConnectorRelease: row, Definition: def, Compiled: compiled, elements: elements, methods: make(map[paceline.ID]string)}
	r.Document = nil // the definition has it
	for _, m := range def.Methods {
		r.methods[compiled.MethodUID(m.ID)] = m.ID
	}
	for _, t := range def.Triggers {
		r.methods[compiled.MethodUID(t.ID)] = t.ID
	}
	return r, nil
}

// Pin names a release as a partner sees it.
type Pin struct {
	Partner int64
	UID     paceline.ID
	Version string
}

// Pinned are the releases that a flow names, with the custom fields of its account connectors.
type Pinned struct {
	releases map[paceline.StepConnector]*Release
	custom   map[int32][]paceline.CustomField // by account connector
}

// Of returns the release of a step as the step's account connector has it, nil for a tool or an unknown one.
func (p Pinned) Of(step *paceline.Step) *Release {
	if step.Connector == nil {
		return nil
	}
	rel := p.releases[*step.Connector]
	if rel == nil || len(p.custom[step.AccountConnector]) == 0 {
		return rel
	}
	return rel.WithCustom(p.custom[step.AccountConnector], step.Method, ObjectOf(step))
}

// Add makes a release the one that steps mean by a name.
func (p *Pinned) Add(name paceline.StepConnector, rel *Release) {
	if p.releases == nil {
		p.releases = make(map[paceline.StepConnector]*Release)
	}
	p.releases[name] = rel
}

// ConnectorUID is the connector with an id among those of the releases, "" for none.
func (p Pinned) ConnectorUID(id int32) paceline.ID {
	for pin, rel := range p.releases {
		if rel.ConnectorID == id {
			return pin.UID
		}
	}
	return ""
}

// All yields the releases.
func (p Pinned) All() iter.Seq[*Release] { return maps.Values(p.releases) }

// maxReleases bounds the compiled releases in memory.
const maxReleases = 1024

// Releases reads published releases and keeps compiled ones.
type Releases struct {
	store *store.Store
	cache *memo.Cache[Pin, *Release]
}

// NewReleases returns the releases of a store.
func NewReleases(s *store.Store) *Releases {
	return &Releases{store: s, cache: memo.New[Pin, *Release](maxReleases)}
}

// Get returns a release; NotFound when nobody published it.
func (r *Releases) Get(ctx context.Context, partner int64, uid paceline.ID, version string) (*Release, error) {
	return r.cache.Get(ctx, Pin{partner, uid, version}, func(ctx context.Context) (*Release, error) {
		var row store.ConnectorRelease
		var elements map[store.Element]int32
		err := r.store.Read(ctx, func(tx *store.Tx) error {
			var found bool
			var err error
			if row, found, err = tx.ConnectorRelease(partner, uid, version); err != nil {
				return err
			}
			if !found {
				return notFound("Connector")
			}
			elements, err = tx.Elements(row.Owner(), uid)
			return err
		})
		if err != nil {
			return nil, err
		}
		return NewRelease(row, elements)
	})
}

// ForgetAll drops every release from memory.
func (r *Releases) ForgetAll() { r.cache.ForgetIf(func(Pin) bool { return true }) }

// Forget drops every release of a connector from memory, after one was published.
func (r *Releases) Forget(uid paceline.ID) {
	r.cache.ForgetIf(func(p Pin) bool { return p.UID == uid })
}

// Pinned returns the releases of a flow's steps. Those that nobody published are left out.
func (r *Releases) Pinned(ctx context.Context, partner int64, flow paceline.Flow) (Pinned, error) {
	var pinned Pinned
	for i := range flow.Steps {
		c := flow.Steps[i].Connector
		if c == nil || pinned.releases[*c] != nil {
			continue
		}
		rel, err := r.Get(ctx, partner, c.UID, c.Version)
		if paceline.KindOf(err) == paceline.NotFound {
			continue
		}
		if err != nil {
			return Pinned{}, err
		}
		pinned.Add(*c, rel)
	}
	return pinned, nil
}
