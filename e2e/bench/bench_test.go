package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParseBenchmarks(t *testing.T) {
	got := parseBenchmarks(`goos: linux
BenchmarkView/confirm-long-2         	    3662	    327112 ns/op	   91234 B/op	     512 allocs/op
BenchmarkView/confirm-short         	    3662	    100000 ns/op
BenchmarkRead-16   	      90	  12345678 ns/op	        12.00 APDUs	       507.5 host-us/APDU
PASS
ok  	tram06/ui/screen	2.3s
`)
	if len(got) != 3 || got["BenchmarkView/confirm-long"]["ns/op"] != 327112 || got["BenchmarkView/confirm-short"]["ns/op"] != 100000 || got["BenchmarkRead"]["host-us/APDU"] != 507.5 {
		t.Errorf("%v", got)
	}
}

func TestParseStat(t *testing.T) {
	// A program may call itself anything.
	const stat = "4711 (a) b (c) S 1 4711 4711 0 -1 4194560 900 0 0 0 150 25 0 0 20 0 12 0 5000 1 2"
	if got, err := parseStat(stat); err != nil || got != 1750*time.Millisecond {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "1 (x) S 1 2", strings.Replace(stat, "150", "many", 1), strings.Replace(stat, " 25 ", " x ", 1)} {
		if got, err := parseStat(bad); err == nil {
			t.Errorf("%q gives %v", bad, got)
		}
	}
}

func TestParsePeak(t *testing.T) {
	if got, err := parsePeak("Name:\tkiosk\nVmPeak:\t 2000000 kB\nVmHWM:\t   86016 kB\n"); err != nil || got != 84 {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "Name:\tkiosk\n", "VmHWM:\tmuch kB\n"} {
		if got, err := parsePeak(bad); err == nil {
			t.Errorf("%q gives %v", bad, got)
		}
	}
}

func TestOwnProcess(t *testing.T) {
	if mb, err := peakMemory(os.Getpid()); err != nil || mb < 1 {
		t.Errorf("%v MB, %v", mb, err)
	}
	if _, err := cpuTime(os.Getpid()); err != nil {
		t.Error(err)
	}
}

func TestParseTrace(t *testing.T) {
	const (
		progress = `71 100.5 write(9<UNIX-STREAM:[1->2, "/run/panel"]>, "\0\0\1s{\"seq\":7,\"name\":\"submitting\",", 400) = 400` + "\n"
		other    = `71 100.6 fsync(4</var/lib/x/other.db>) = 0` + "\n"
		sync     = `72 101.25 fdatasync(8</var/lib/x/outbox.db-wal>) = 0` + "\n"
		again    = `72 103.25 fdatasync(8</var/lib/x/outbox.db-wal>) = 0` + "\n"
		end      = `71 101.75 write(9<UNIX-STREAM:[1->2, "/run/panel"]>, "\0\0\1s{\"seq\":8,\"name\":\"done-accepted\",", 400) = 400` + "\n"
	)
	if kept, told, err := parseTrace(progress + other + sync + end + again); err != nil || kept != 101.25 || told != 101.75 {
		t.Errorf("%v, %v, %v", kept, told, err)
	}
	// The wrong order is told, not hidden.
	if kept, told, err := parseTrace(end + again); err != nil || told >= kept {
		t.Errorf("%v, %v, %v", kept, told, err)
	}
	for _, bad := range []string{"", progress + end, other + end, sync, sync + progress} {
		if _, _, err := parseTrace(bad); err == nil {
			t.Errorf("no error for\n%s", bad)
		}
	}
}

func TestParseSteps(t *testing.T) {
	got := parseSteps("ok    format          0 s\nok    race          129 s\nFAIL  e2e            44 s\nall of it took 173 s\n")
	if want := map[string]float64{"format": 0, "race": 129}; !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestChipLine(t *testing.T) {
	dir := t.TempDir()
	if _, err := chipLine(dir); err == nil {
		t.Error("no log is no error")
	}
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "kiosk.log"), []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("{\"msg\":\"first frame\",\"ms\":90}\nnot JSON\n")
	if _, err := chipLine(dir); err == nil {
		t.Error("a log without a reading is no error")
	}
	write("{\"msg\":\"chip\",\"ms\":9,\"apdus\":3,\"ok\":false}\n{\"msg\":\"chip\",\"ms\":37,\"apdus\":12,\"ok\":true}\n{\"msg\":\"other\",\"ms\":1}\n")
	if got, err := chipLine(dir); err != nil || got.MS != 37 || got.APDUs != 12 || !got.OK {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestHealthLine(t *testing.T) {
	at := time.Date(2026, 11, 23, 2, 42, 7, 5e6, time.UTC)
	for line, want := range map[string]bool{
		`{"time":"2026-11-23T02:42:07.005Z","level":"WARN","msg":"device absent","name":"scanner","code":"QUET-110"}`: true,
		`{"time":"2026-11-23T02:42:07.005Z","msg":"fitting absent","fitting":"scanner"}` + "\n":                       true,
		`{"time":"2026-11-23T02:42:07.005Z","msg":"device ready","name":"scanner"}`:                                   false,
		`{"time":"2026-11-23T02:42:07.005Z","msg":"device absent","name":"reader"}`:                                   false,
		`{"time":"2026-11-23T02:42:`: false, "": false,
	} {
		if got, ok := healthLine([]byte(line), "scanner", " absent"); ok != want || ok && !got.Equal(at) {
			t.Errorf("%s gives %v, %v", line, got, ok)
		}
	}
}
