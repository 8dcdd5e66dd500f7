package catalog

import (
	"context"
	"maps"
	"slices"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
)

// prove calls with a credential that is about to be stored what the definition says about new ones, and returns the
// properties that it fills. ac gets them, and the token that the credential brought, where it is one for tokens. A
// vendor that cannot be reached proves nothing, and refuses nothing. Errors: Invalid, with what the vendor says.
func (r *Room) prove(ctx context.Context, a paceline.Account, rel *cycle.Release, ac *paceline.AccountConnector) ([]paceline.Property, error) {
	if rel == nil {
		return nil, nil
	}
	on := rel.Compiled.OnConnect()
	if on == nil || r.caller == nil || a.Num == 0 || !ac.Authenticated { // an account that is yet to be made has nobody to count for
		return nil, nil
	}
	inst, err := r.tried(ctx, a, ac)
	if err != nil {
		return nil, unlessAway(err)
	}
	var found []paceline.Property
	if on.Lookup != nil {
		answer, err := r.tryMethod(ctx, a, rel, inst, on.Lookup)
		if err != nil {
			return nil, unlessAway(err)
		}
		values, err := on.Values(answer)
		if err != nil {
			return nil, paceline.Fail(paceline.CodeMethodFailed, "detail", err.Error())
		}
		ac.Properties = slices.Clone(ac.Properties)
		for _, name := range slices.Sorted(maps.Keys(values)) {
			value := values[name]
			property, err := r.sealProperty(ctx, rel, *ac, PropertyInput{Name: name, Value: &value})
			if err != nil {
				return nil, err
			}
			for _, have := range ac.Properties {
				if have.Name == name {
					property.ID = have.ID
				}
			}
			ac.Properties, found = putProperty(ac.Properties, property), append(found, property)
		}
		if inst, err = r.tried(ctx, a, ac); err != nil {
			return nil, unlessAway(err)
		}
	}
	if on.Test != nil {
		if _, err := r.tryMethod(ctx, a, rel, inst, on.Test); err != nil {
			return found, unlessAway(err)
		}
	}
	return found, nil
}

// tried opens an account connector as it is going to be. A token that it needs is asked for first.
func (r *Room) tried(ctx context.Context, a paceline.Account, ac *paceline.AccountConnector) (*connector.Instance, error) {
	inst, err := r.instanceOf(ctx, a, *ac)
	if err == nil && r.vendors != nil && inst.Auth.OAuth2() && r.vendors.Due(inst) {
		var grant connector.Grant
		if grant, err = r.vendors.Obtain(ctx, inst); err != nil {
			return nil, err
		}
		if ac.AuthSealed, err = r.seal(ctx, *ac, sealedAuth, "", grant.Text()); err != nil {
			return nil, err
		}
		inst, err = r.instanceOf(ctx, a, *ac)
	}
	if err == nil {
		inst.Trial = true
	}
	return inst, err
}

func (r *Room) tryMethod(ctx context.Context, a paceline.Account, rel *cycle.Release, inst *connector.Instance, m *connector.Method) ([]byte, error) {
	result, failed := r.caller.Call(ctx, connector.Call{
		Instance: inst, Method: m, IdempotencyKey: string(paceline.NewID(r.clock.Now())), Deadline: r.clock.Now().Add(onDemand),
		Behalf: connector.Behalf{Partner: a.Partner, Account: a.Num, Root: a.Root}, Merge: inst.Merge,
	})
	if err := r.count(ctx, a, rel, m.Definition, result); err != nil {
		return nil, err
	}
	return result.Output, failed
}

// unlessAway is what a failed call says about the credential: nothing, where the vendor was not there.
func unlessAway(err error) error {
	if locked(err) {
		return nil // nothing is called now
	}
	failed, ok := err.(*connector.Error)
	if ok && (failed.Class == connector.ClassRetry || failed.Class == connector.ClassThrottled || failed.Class == connector.ClassUnknown) {
		return nil
	}
	return callFailed(err)
}
