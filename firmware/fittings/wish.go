package fittings

import "sync"

// wish is how something is wanted to be: the latest counts, and it outlives the
// device that it is for.
type wish[T any] struct {
	changed chan struct{} // one reader
	mu      sync.Mutex
	v       T
}

func newWish[T any](v T) *wish[T] { return &wish[T]{changed: make(chan struct{}, 1), v: v} }

func (w *wish[T]) want(v T) {
	w.mu.Lock()
	w.v = v
	w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func (w *wish[T]) get() T {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.v
}
