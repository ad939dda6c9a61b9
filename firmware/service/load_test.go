package service

import "testing"

func TestBuiltin(t *testing.T) {
	all, err := Load(Builtin())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no service is built in")
	}
}
