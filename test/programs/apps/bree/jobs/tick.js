console.log('tick');
console.error(new Error('no mail server'));
