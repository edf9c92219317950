module.exports = async (app, _options) => {
  app.get('/', async () => ({ hello: 'world' }));
  app.get('/fail', async () => {
    throw new Error('no database');
  });
};
