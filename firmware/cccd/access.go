package cccd

import "encoding/hex"

// builtinCardAccess is EF.CardAccess as Vietnamese cards are known to hold it,
// for those that do not let it be read: terminal authentication version 1, chip
// authentication with ECDH and AES-128, and PACE with generic mapping, ECDH and
// AES-128 over brainpoolP256r1.
const builtinCardAccess = "3134" +
	"300D060804007F0007020202020101" +
	"300F060A04007F000702020302020201" + "01" +
	"3012060A04007F0007020204020202010202010D"

// BuiltinCardAccess gives a copy of it.
func BuiltinCardAccess() []byte {
	b, err := hex.DecodeString(builtinCardAccess)
	if err != nil {
		panic("cccd: built-in card access is no hexadecimal number")
	}
	return b
}
