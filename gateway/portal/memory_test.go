package portal_test

import (
	"context"
	"time"

	"tram06/gateway/store"
)

// memory is a store in memory, for tests that begin anew many hundred times.
// It outlives the forwarders that work on it, as a disk does.
type memory struct {
	list   []store.Delivery
	pauses map[string]store.Pause
}

func newMemory(n int) *memory {
	m := &memory{pauses: map[string]store.Pause{}}
	for i := range n {
		m.list = append(m.list, store.Delivery{ID: id(i + 1), State: store.Waiting, Since: time.Now(), Next: time.Now()})
	}
	return m
}

func (m *memory) NextDelivery(_ context.Context, name string) (store.Delivery, error) {
	var next *store.Delivery
	for i := range m.list {
		d := &m.list[i]
		open := d.State == store.Waiting || d.State == store.Unclear
		if open && (d.Portal == "" || d.Portal == name) && (next == nil || d.Next.Before(next.Next)) {
			next = d
		}
	}
	if next == nil {
		return store.Delivery{}, store.ErrNotFound
	}
	return *next, nil
}

func (m *memory) Move(_ context.Context, from, to store.Delivery) error {
	for i, d := range m.list {
		if d == from && to.ID == from.ID {
			m.list[i] = to
			return nil
		}
	}
	return store.ErrChanged
}

func (m *memory) Pause(_ context.Context, name string) (store.Pause, error) {
	return m.pauses[name], nil
}

func (m *memory) SetPause(_ context.Context, name string, p store.Pause) error {
	m.pauses[name] = p
	return nil
}

func (m *memory) Get(_ context.Context, key string) (store.Record, error) {
	for _, d := range m.list {
		if d.ID == key {
			return store.Record{ID: key, Envelope: []byte("sealed " + key), Delivery: d}, nil
		}
	}
	return store.Record{}, store.ErrNotFound
}
