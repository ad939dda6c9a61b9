// Package house keeps the structure of the project by tests: who may import
// whom and why, that every package says what it is for, that the notices of
// third parties are complete, and that nothing generated is stale. It has no
// code of its own.
package house

//go:generate go run tram06/house/notices -o ../THIRD_PARTY_NOTICES.txt
