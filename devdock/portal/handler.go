package portal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tram06/firmware/dossier"
)

// problemPrefix begins the type of every problem of a portal.
const problemPrefix = "urn:tram06:portal:"

// problem is an answer that is no receipt.
type problem struct {
	status int
	name   string
	title  string
	retry  time.Duration
}

func (p problem) write(w http.ResponseWriter) {
	body, _ := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
	}{problemPrefix + p.name, p.title, p.status})
	w.Header().Set("Content-Type", "application/problem+json")
	if p.retry > 0 {
		w.Header().Set("Retry-After", seconds(p.retry))
	}
	w.WriteHeader(p.status)
	w.Write(body)
}

func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(d/time.Second))) }

// turn answers with a problem and counts it.
func (p *Portal) turn(w http.ResponseWriter, why problem) {
	p.change(func() { p.counts.Turned++ })
	why.write(w)
}

// behave is what the mode does to a request of any kind.
func (p *Portal) behave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "tram06-simulated-portal")
		w.Header().Set("Cache-Control", "no-store")
		switch p.Mode() {
		case Error:
			p.turn(w, problem{500, "internal", "The simulated portal fails", 0})
			return
		case Maintenance:
			p.change(func() { p.counts.Turned++ })
			maintenance(w, p.o.RetryAfter)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hold keeps a request as long as the portal is slow, or until whoever asked
// has gone. The work is done all the same, as a real server does it; whoever
// does it counts the request out again.
func (p *Portal) hold(r *http.Request) (held int) {
	p.mu.Lock()
	slow, changed := p.mode == Slow, p.changed
	p.mu.Unlock()
	if !slow {
		return 0
	}
	p.change(func() { p.counts.Held++ })
	t := time.NewTimer(p.o.Delay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-changed:
	case <-r.Context().Done():
	}
	return 1
}

func (p *Portal) post(w http.ResponseWriter, r *http.Request) {
	key, digest, body, b, bad := read(w, r)
	if bad != nil {
		p.turn(w, *bad)
		return
	}
	p.at(Arrived)
	p.mu.Lock()
	mode, there, busy := p.mode, p.taken[key], p.underway[key]
	switch {
	case mode == Refuse && there == nil:
		p.mu.Unlock()
		p.turn(w, problem{422, "refused", "The simulated portal refuses every dossier now", 0})
		return
	case busy:
		p.mu.Unlock()
		p.change(func() { p.counts.Duplicates++ })
		p.turn(w, problem{409, "in-progress", "The same dossier is being taken right now", time.Second})
		return
	case there != nil && there.digest != digest:
		p.mu.Unlock()
		p.turn(w, problem{422, "key-conflict", "Another content was handed in under this key", 0})
		return
	case there != nil:
		there.Deliveries++
		answer := there.Dossier
		p.mu.Unlock()
		p.change(func() { p.counts.Duplicates++ })
		p.receipt(w, http.StatusOK, answer, digest)
		return
	}
	p.underway[key] = true
	p.mu.Unlock()
	held := p.hold(r)
	var answer Dossier
	p.change(func() {
		p.counts.Held -= held
		delete(p.underway, key)
		at := p.o.Now().UTC().Truncate(time.Millisecond)
		e := &entry{digest: digest, body: body, Dossier: Dossier{
			Key: key, Number: fmt.Sprintf("MP.%s-%04d", at.Format("060102"), len(p.order)+1), KioskNumber: b.Number,
			Service: b.Service, At: at, Deliveries: 1,
		}}
		p.taken[key], p.order = e, append(p.order, key)
		answer = e.Dossier
	})
	p.at(Taken)
	if mode == Lost {
		panic(http.ErrAbortHandler) // the connection ends without a byte
	}
	p.receipt(w, http.StatusCreated, answer, digest)
}

func (p *Portal) get(w http.ResponseWriter, r *http.Request) {
	p.change(func() { p.counts.Asked++ })
	held := p.hold(r)
	p.change(func() { p.counts.Held -= held })
	key := r.PathValue("key")
	p.mu.Lock()
	var answer Dossier
	var digest string
	if e := p.taken[key]; e != nil {
		answer, digest = e.Dossier, e.digest
	}
	busy := p.underway[key]
	p.mu.Unlock()
	switch {
	case !dossier.ValidID(key):
		p.turn(w, problem{400, "bad-key", "The key is no dossier id", 0})
	case busy:
		p.turn(w, problem{409, "in-progress", "The dossier is being taken right now", time.Second})
	case answer.Key == "":
		problem{404, "unknown-key", "Nothing was handed in under this key", 0}.write(w)
	default:
		p.receipt(w, http.StatusOK, answer, digest)
	}
}

func (p *Portal) receipt(w http.ResponseWriter, status int, d Dossier, digest string) {
	body, _ := json.Marshal(struct {
		Key        string    `json:"key"`
		Digest     string    `json:"digest"`
		Number     string    `json:"number"`
		ReceivedAt time.Time `json:"received_at"`
		Portal     string    `json:"portal"`
	}{d.Key, digest, d.Number, d.At, "simulated"})
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

// read checks a request as the documentation wants it, to the letter.
func read(w http.ResponseWriter, r *http.Request) (key, digest string, body []byte, b dossier.Body, bad *problem) {
	no := func(status int, name, title string) (string, string, []byte, dossier.Body, *problem) {
		return "", "", nil, dossier.Body{}, &problem{status, name, title, 0}
	}
	keys, digests := r.Header.Values("Idempotency-Key"), r.Header.Values("Content-Digest")
	if len(keys) == 1 {
		key = strings.TrimSuffix(strings.TrimPrefix(keys[0], `"`), `"`)
	}
	if len(keys) != 1 || !dossier.ValidID(key) || keys[0] != `"`+key+`"` {
		return no(400, "bad-key", "Idempotency-Key must be the dossier's id in quotation marks")
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return no(415, "bad-content", "The content must be application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, dossier.MaxBody))
	if err != nil {
		return no(400, "bad-content", "The content ended early or is too large")
	}
	if len(digests) != 1 || digests[0] != dossier.DigestOf(body).Field() {
		return no(400, "digest-mismatch", "Content-Digest must be the sha-256 of the content")
	}
	if b, err = dossier.ParseBody(body); err != nil || b.ID != key {
		return no(422, "bad-content", "The content is no dossier, or another one than the key says")
	}
	return key, digests[0], bytes.Clone(body), b, nil
}

// maintenance is a page for people, as such portals send it to programs too.
func maintenance(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Retry-After", seconds(wait))
	w.WriteHeader(http.StatusServiceUnavailable)
	io.WriteString(w, `<!doctype html>
<html lang="vi">
<meta charset="utf-8">
<title>Hệ thống đang bảo trì</title>
<h1>Hệ thống đang bảo trì</h1>
<p>Cổng dịch vụ công tạm ngừng tiếp nhận hồ sơ để nâng cấp. Vui lòng quay lại sau.</p>
<p>Đây là cổng mô phỏng, dùng khi phát triển và kiểm thử.</p>
</html>
`)
}
