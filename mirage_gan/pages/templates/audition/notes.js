const CODES = ["KeyQ","Digit2","KeyW","Digit3","KeyE","KeyR","Digit5","KeyT","Digit6","KeyY","Digit7","KeyU","KeyI"];
export function offsetOfCode(code) { const i = CODES.indexOf(code); return i < 0 ? null : i; }
export function letterOfOffset(offset) { return CODES[offset]?.replace(/Key|Digit/, "") ?? ""; }
