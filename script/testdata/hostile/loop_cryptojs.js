// want: time
function before_action() { return CryptoJS.PBKDF2('a', 'b', { keySize: 8, iterations: 1e8 }).toString(); }
