package cccd

import (
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"time"

	"tram06/firmware/emrtd/activeauth"
	"tram06/firmware/emrtd/chipauth"
	"tram06/firmware/emrtd/cms"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/passive"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
	"tram06/firmware/emrtd/trust"
)

// hasher takes a file as it arrives; nil for a file that nobody hashes.
type hasher = hash.Hash

func sink(h hasher) io.Writer {
	if h == nil {
		return io.Discard
	}
	h.Reset()
	return h
}

// disprove ends the reading upon a failed proof, or writes it down and goes on
// for a technician. The first one counts.
func (r *reading) disprove(err error) error {
	r.reason("%v", err)
	if !r.options.Thorough {
		return err
	}
	if r.failed == nil {
		r.failed = err
	}
	return nil
}

// security reads the SOD and judges what it says of the files read so far: do
// they match, who signed, and does somebody trust the signer.
func (r *reading) security() error {
	if err := r.passive(); err != nil {
		return err
	}
	if r.malformed != nil {
		if err := r.disprove(r.malformed); err != nil {
			return err
		}
	}
	return r.agree()
}

// passive is Passive Authentication. A card without SOD has its proofs not
// made; one with an algorithm that is not known here, unknown.
func (r *reading) passive() error {
	b, err := r.optional(lds.SOD, nil)
	if err != nil {
		return err
	}
	if b == nil {
		r.report.Hashes, r.report.Signature = Absent, Absent
		return nil
	}
	sod, err := passive.ParseSOD(b)
	if errors.Is(err, passive.ErrUnsupported) {
		r.report.Hashes, r.report.Signature = Unknown, Unknown
		r.reason("EF.SOD: %v", err)
		return nil
	}
	if err != nil {
		r.report.Signature = Failed
		return r.disprove(fmt.Errorf("%w: %w", ErrSignature, err))
	}
	r.sod = sod
	sums := map[int][]byte{}
	for n, file := range r.held {
		h := sod.Hash.New()
		h.Write(file)
		sums[n] = h.Sum(nil)
	}
	if err := r.compare(sums); err != nil {
		return err
	}
	switch err := sod.VerifySignature(); {
	case err == nil:
		r.report.Signature = OK
	case errors.Is(err, passive.ErrUnsupported):
		r.report.Signature = Unknown
		r.reason("signature: %v", err)
		return nil // nobody knows who signed, so there is no chain to judge
	default:
		r.report.Signature = Failed
		return r.disprove(fmt.Errorf("%w: %w", ErrSignature, err))
	}
	return r.chain()
}

// compare holds hashes against the SOD.
func (r *reading) compare(sums map[int][]byte) error {
	wrong := r.sod.Wrong(sums)
	if wrong == nil {
		if r.report.Hashes == NotMade {
			r.report.Hashes = OK
		}
		return nil
	}
	r.report.Hashes = Failed
	r.report.Wrong = append(r.report.Wrong, wrong...)
	return r.disprove(fmt.Errorf("%w: data groups %v", ErrHash, wrong))
}

// country is whose authorities sign these cards. The folder may hold those of
// other countries, none of which may sign a Vietnamese card.
const country = "VN"

// chain asks the store of authorities about the signer.
func (r *reading) chain() error {
	signers, err := r.sod.Signers()
	if err != nil {
		return err // the signature was right a moment ago
	}
	signer := signers[0]
	for _, w := range signer.Weak {
		r.reason("the signature relies on %s", w)
	}
	question := trust.Signature{Signer: signer.Certificate.Raw, Others: r.sod.Certificates, SignedAt: signer.Time, Country: country}
	// Cards outlive their signers. One that does not say when it was signed says
	// when it was issued, in data that are signed.
	if issued, err := time.Parse(dateLayout, r.person.Issued); err == nil && r.report.Hashes == OK {
		question.Issued = issued
	}
	judged := r.options.Trust.Judge(question, r.began)
	for _, n := range judged.Notes {
		r.reason("chain: %s", n)
	}
	verdict, err := judged.Verdict, judged.Err
	r.report.Chain = chainVerdicts[verdict]
	failure := chainErrors[verdict]
	switch {
	case failure != nil && err != nil:
		return r.disprove(fmt.Errorf("%w: %w", failure, err))
	case failure != nil:
		return r.disprove(failure)
	case err != nil:
		r.reason("chain: %v", err)
	}
	return nil
}

var (
	chainVerdicts = map[trust.Verdict]Verdict{trust.Unknown: Unknown, trust.Trusted: Trusted, trust.Expired: Expired, trust.Revoked: Revoked, trust.Failed: Failed}
	chainErrors   = map[trust.Verdict]error{trust.Expired: ErrSignerExpired, trust.Revoked: ErrSignerRevoked, trust.Failed: ErrChain}
)

// prove has the chip show that it is no copy. One proof is enough; technicians
// see them all.
func (r *reading) prove() error {
	r.report.Chip = Absent // until it is better known
	if r.sod == nil || r.report.Signature != OK {
		r.reason("the chip's keys are not signed, so that it can prove nothing")
		return nil
	}
	if err := r.byPACE(); err != nil || r.proven() {
		return err
	}
	hint, err := r.chipAuthentication()
	if err != nil || r.proven() {
		return err
	}
	if err := r.activeAuthentication(hint); err != nil {
		return err
	}
	return r.withheld()
}

// withheld judges a chip that proved nothing although its signed data say that
// it can. A copy without the keys does best to keep silent, so that silence must
// not be worth more than a wrong answer. What we cannot run ourselves is no
// silence of the chip's.
func (r *reading) withheld() error {
	if !r.silent || r.pending || r.report.Chip != Absent {
		return nil
	}
	r.report.Withheld = true
	return r.clone(errSilent)
}

var errSilent = errors.New("its signed data promise a proof, which it does not give")

// proven tells whether the chip need not prove itself once more.
func (r *reading) proven() bool {
	return (r.pending || r.report.Chip == Genuine) && !r.options.everyProof()
}

// byPACE judges the proof that PACE with chip authentication mapping gave. The
// key for it is signed apart from the rest of the chip, so that its signer
// has to be the same, or one that is trusted.
func (r *reading) byPACE() error {
	if r.cam == nil || r.cardSigned == nil {
		return nil
	}
	signed, err := r.cardSecurity()
	if errors.Is(err, cms.ErrSignature) { // somebody changed the key that the chip is to prove
		return r.clone(fmt.Errorf("EF.CardSecurity: %w", err))
	}
	if err != nil {
		r.reason("EF.CardSecurity: %v", err)
		return nil
	}
	if offered, err := pace.ParseCardAccess(signed); err == nil {
		r.compareOffers(offered)
	}
	switch err := r.cam.Verify(signed); {
	case err == nil:
		r.genuine(ByPACE)
	case errors.Is(err, pace.ErrClone):
		return r.clone(err)
	default:
		r.reason("EF.CardSecurity: %v", err)
	}
	return nil
}

// cardSecurity gives the contents of EF.CardSecurity, if they are signed by
// somebody who counts.
func (r *reading) cardSecurity() ([]byte, error) {
	data, err := cms.Parse(r.cardSigned)
	if err != nil {
		return nil, err
	}
	if data.ContentType != oidSecurityObject {
		return nil, errors.New("content is no security object")
	}
	signers, err := data.Verify()
	if err != nil {
		return nil, err
	}
	signer := signers[0]
	if own, err := r.sod.SignerCertificate(); err == nil && bytes.Equal(own, signer.Certificate.Raw) {
		return data.Content, nil
	}
	judged := r.options.Trust.Judge(trust.Signature{
		Signer: signer.Certificate.Raw, Others: data.Certificates, SignedAt: signer.Time, Country: country}, r.began)
	if judged.Verdict != trust.Trusted {
		return nil, fmt.Errorf("signed by somebody else than the data groups, chain %v: %w", judged.Verdict, judged.Err)
	}
	return data.Content, nil
}

// oidSecurityObject is the content of EF.CardSecurity: BSI TR-03110-3 section
// A.1.2.6.
const oidSecurityObject = "0.4.0.127.0.7.3.2.1"

// signedGroup reads a data group that the SOD lists. One that it lists and the
// chip does not give is told: a copy would rather not have it.
func (r *reading) signedGroup(n int) ([]byte, error) {
	if r.sod.Hashes[n] == nil {
		return nil, nil
	}
	b, err := r.group(n)
	if err == nil && b == nil {
		r.silent = true
		r.reason("the chip's signed data list DG%d, which it does not give", n)
	}
	if err == nil && slices.Contains(r.report.Wrong, n) {
		r.reason("the key in DG%d is not the signed one, so that it can prove nothing", n)
		return nil, nil
	}
	return b, err
}

// chipAuthentication restarts secure messaging by the key in DG14. It leaves
// the proof pending: the first answer under the new keys is the proof.
func (r *reading) chipAuthentication() (*activeauth.Hint, error) {
	dg14, err := r.signedGroup(14)
	if err != nil || dg14 == nil {
		return nil, err
	}
	infos, err := chipauth.ParseDG14(dg14)
	if err != nil {
		r.reason("DG14: %v", err)
		return nil, nil
	}
	if n, _, err := tlv.Parse(dg14); err == nil {
		if offered, err := pace.ParseCardAccess(n.Value); err == nil {
			r.compareOffers(offered)
		}
	}
	hint := activeauth.FindHint(infos.All)
	choice, err := infos.Choose()
	if err != nil {
		r.reason("chip authentication: %v", err)
		return hint, nil
	}
	choice.Extended = r.report.Extended
	err = chipauth.Restart(r.ctx, r.card, choice, r.options.Rand)
	switch {
	case err == nil:
		r.reader.Use(r.card)
		r.pending = true
	case r.wire.err != nil:
		return nil, r.wire.err
	case errors.Is(err, chipauth.ErrRefused) && !sm.Broken(err):
		r.silent = true
		r.reason("chip authentication: %v", err)
	case errors.Is(err, chipauth.ErrUnsupported):
		r.reason("chip authentication: %v", err)
	default:
		return nil, fmt.Errorf("%w: chip authentication: %w", ErrChip, err)
	}
	return hint, nil
}

// settle says what the first answer after Chip Authentication means. again asks
// for the same file once more, after a copy was found and opened anew.
func (r *reading) settle(err error) (again bool, _ error) {
	verdict := chipauth.Verdict(err)
	if verdict == nil {
		r.pending = false
		r.genuine(ByChipAuthentication)
		return false, nil
	}
	if !errors.Is(verdict, chipauth.ErrClone) {
		return false, nil // it says nothing of the keys, and is told as what it is
	}
	r.pending = false
	if err := r.clone(verdict); err != nil {
		return false, err
	}
	if err := r.open(); err != nil {
		return false, err
	}
	r.reader.Use(r.card)
	return true, nil
}

// activeAuthentication has the chip sign a challenge with the key of DG15.
func (r *reading) activeAuthentication(hint *activeauth.Hint) error {
	dg15, err := r.signedGroup(15)
	if err != nil || dg15 == nil {
		return err
	}
	key, err := activeauth.ParseDG15(dg15)
	if err != nil {
		r.reason("DG15: %v", err)
		return nil
	}
	key.Short = !r.report.Extended
	err = activeauth.Authenticate(r.ctx, r.card, key, hint, r.options.Rand)
	switch {
	case err == nil:
		r.genuine(ByActiveAuthentication)
	case r.wire.err != nil:
		return r.wire.err
	case errors.Is(err, activeauth.ErrClone):
		return r.clone(err)
	case errors.Is(err, activeauth.ErrRefused) && !sm.Broken(err):
		r.silent = true
		r.reason("active authentication: %v", err)
	case errors.Is(err, activeauth.ErrUnsupported):
		r.reason("active authentication: %v", err)
	default:
		return fmt.Errorf("%w: active authentication: %w", ErrChip, err)
	}
	return nil
}

func (r *reading) genuine(by string) {
	if r.report.Chip != Clone {
		r.report.Chip = Genuine
	}
	r.report.ChipBy = append(r.report.ChipBy, by)
}

func (r *reading) clone(err error) error {
	r.report.Chip = Clone
	return r.disprove(fmt.Errorf("%w: %w", ErrClone, err))
}

// compareOffers tells whether somebody made us take a weaker way in than the
// chip's signed data offer: PACE refused, or its best variant left out of
// EF.CardAccess, which is not signed.
func (r *reading) compareOffers(signed []pace.Info) {
	best, err := pace.Choose(signed)
	if err != nil || r.report.Downgraded {
		return
	}
	switch {
	case r.paceRefused:
		r.report.Downgraded = true
		r.reason("the chip's signed data offer PACE, which was refused")
	case r.asked && slices.ContainsFunc(pace.Hidden(r.told, signed), func(i pace.Info) bool { return same(i, best) }):
		r.report.Downgraded = true
		r.reason("EF.CardAccess lacks the variant of PACE that the chip's signed data offer")
	}
}
